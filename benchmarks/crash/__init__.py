"""The soak: a whole system under load is broken at random, again and again, and then nothing may be lost."""
