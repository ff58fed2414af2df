"""コンビニECセンター (DMZ): passes messages between shops and the center, and sees no certificate."""
