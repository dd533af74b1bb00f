"""Small processes that outlive or guard their parents; standard library only."""
