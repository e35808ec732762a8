"""Prints numbers for Nightyard: metric("val_loss", 0.98). Copy this file; it needs nothing but Python 3."""
import math
import re


def metric(name, value):
    """One line at once; raises ValueError for NaN, Infinity, what is no number, and a name that nobody could read."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]{0,63}", name):
        raise ValueError(f"metric {name!r}: letters, digits and _ . / -, at most 64")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"metric {name}: {value!r} is not a finite number")
    print(f"METRIC {name}={number!r}", flush=True)
