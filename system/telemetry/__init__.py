"""What the system says about itself: logs now, numbers later."""
