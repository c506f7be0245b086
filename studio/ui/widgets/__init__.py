"""Small widgets that know no torch and no run: they are told what to show and say what was done."""
