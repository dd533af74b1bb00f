"""Game days beside busy loops: one truth of each, and none of the machine's making."""
