"""Users' own files of bars: read, checked line by line, kept and summarised. Knows no web, run or learner."""
