"""How commands of this repository are typed, speak and end."""
