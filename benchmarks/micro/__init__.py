"""Where the time goes: small measurements of one step each, repeated, beside what they are to be compared with."""
