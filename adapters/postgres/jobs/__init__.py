"""Jobs, the seats they work in, and the slots of the timetable."""
