"""Results for people: tables on a screen, pictures, files."""
