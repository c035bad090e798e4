"""The colours of all pictures.

Texts and grid lines are mid-grey, and the palette (Okabe and Ito's, its blue a little lighter) can be told apart with
any colour vision: a stored picture does not know whether it is looked at on white or on black.
"""

TRAIN = "#2b83c6"
EVALUATION = "#d55e00"
BEST = "#009e73"
RATE = "#cc79a7"
QUIET = "#7a7a7a"
GRID = "rgba(128,128,128,0.28)"
BAND = "rgba(213,94,0,0.16)"
