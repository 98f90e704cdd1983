#!/usr/bin/env python3
"""Derives the polynomial coefficients of operators/kernels/vmath.h and activation_derivative.h.

Each polynomial is the minimax one under a weight (Remez exchange in 60 digits, mpmath), its
coefficients rounded to float32 (or float64) one by one from the lowest degree up, the rest fitted anew (least
squares) after each rounding. Prints C initialisers as hexadecimal floats and the largest weighted error that is left.

    coefficients.py [NAME...]        (Debian package python3-mpmath)

Sources: E. Remez, "Sur le calcul effectif des polynomes d'approximation" (1934); rounding the
coefficients in turn after J.-M. Muller, "Elementary Functions", 3rd ed., section 4.3.
"""
import sys

import mpmath as mp

mp.mp.dps = 60


def nearest(value, bits):
    """The number of that many bits nearest to value: 24 for float32, 53 for float64."""
    if value == 0:
        return mp.mpf(0)
    _, exponent = mp.frexp(value)
    step = mp.mpf(2) ** (exponent - bits)
    return mp.nint(value / step) * step


def extrema(error, low, high, count):
    """Where |error| is largest between its sign changes, on a Chebyshev-spaced grid refined."""
    grid = [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / (count * 40)) for i in range(count * 40 + 1)
    ]
    values = [error(x) for x in grid]
    picked = []
    for x, value in zip(grid, values):
        if picked and mp.sign(picked[-1][1]) == mp.sign(value):
            if abs(value) > abs(picked[-1][1]):
                picked[-1] = (x, value)
        elif value != 0:
            picked.append((x, value))
    return picked


def remez(function, weight, powers, low, high):
    """Coefficients c with sum c[i] x^powers[i] ~ function, weight * error equioscillating."""
    count = len(powers)
    points = [
        (low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count + 2)) for i in range(count + 1)
    ]
    coefficients = None
    for _ in range(30):
        matrix = mp.matrix(count + 1, count + 1)
        right = mp.matrix(count + 1, 1)
        for row, x in enumerate(points):
            for column, power in enumerate(powers):
                matrix[row, column] = x**power
            matrix[row, count] = (-1) ** row / weight(x)
            right[row] = function(x)
        solution = mp.lu_solve(matrix, right)
        coefficients = [solution[i] for i in range(count)]
        level = abs(solution[count])

        def error(x):
            total = sum(c * x**p for c, p in zip(coefficients, powers))
            return (total - function(x)) * weight(x)

        found = extrema(error, low, high, count)
        while len(found) > count + 1:
            found.pop(0 if abs(found[0][1]) < abs(found[-1][1]) else -1)
        if len(found) < count + 1:
            break
        points = [x for x, _ in found]
        if max(abs(e) for _, e in found) < level * mp.mpf("1.001"):
            break
    return coefficients


def least_squares(function, weight, powers, low, high):
    """Coefficients with the least sum of squared weighted errors over Chebyshev nodes."""
    nodes = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / 160) for i in range(80)]
    matrix = mp.matrix([[x**p * weight(x) for p in powers] for x in nodes])
    right = mp.matrix([function(x) * weight(x) for x in nodes])
    return list(mp.lu_solve(matrix, right))


def rounded(function, weight, count, low, high, fixed=(), bits=24):
    """count coefficients of bits, lowest power first; fixed: values given for the first ones."""
    done = [nearest(mp.mpf(value), bits) for value in fixed]
    if not done:
        done = [nearest(remez(function, weight, list(range(count)), low, high)[0], bits)]
    while len(done) < count:

        def rest(x):
            return function(x) - sum(c * x**p for p, c in enumerate(done))

        done.append(nearest(least_squares(rest, weight, list(range(len(done), count)), low, high)[0], bits))
    grid = [low + (high - low) * i / 2000 for i in range(2001)]
    worst = max(abs((sum(c * x**p for p, c in enumerate(done)) - function(x)) * weight(x)) for x in grid)
    return done, worst


def hexadecimal(value):
    text = float(value).hex()
    return text.replace("0000000p", "p") + "F" if nearest(value, 24) == value else text


LN2 = mp.log(2)


def safe(function, at_zero):
    return lambda x: mp.mpf(at_zero) if abs(x) < mp.mpf(10) ** -25 else function(x)


def erf_ratio(z):
    """erf x / x - 1 with z = x^2."""
    return mp.erf(mp.sqrt(z)) / mp.sqrt(z) - 1 if z > 0 else 2 / mp.sqrt(mp.pi) - 1


ERF_CENTRE = mp.mpf("2.5")
GELU_CENTRE = mp.mpf("2.5")
GELU_DERIVATIVE_CENTRE = mp.mpf(3)


def gelu_v(t, centre=GELU_CENTRE):
    return (mp.mpf(t) - centre) / (mp.mpf(t) + centre)


def gelu_t(v, centre=GELU_CENTRE):
    """The t that v stands for."""
    return centre * (1 + v) / (1 - v)


def erfcx_half(t):
    """Phi(-t) e^(t^2 / 2)."""
    return mp.erfc(t / mp.sqrt(2)) * mp.exp(t * t / 2) / 2


def gelu_far(v):
    """-x Phi(x) at x = -t, times e^(t^2 / 2)."""
    t = gelu_t(v)
    return t * erfcx_half(t)


# Where x Phi(x) is least: at -GELU_ZERO its derivative is 0.
GELU_ZERO = mp.findroot(lambda t: erfcx_half(t) - t / mp.sqrt(2 * mp.pi), 0.75)


def gelu_derivative(v):
    """d/dx x Phi(x) at x = -t, times e^(t^2 / 2), without its zero."""
    t = gelu_t(v, GELU_DERIVATIVE_CENTRE)
    return (erfcx_half(t) - t / mp.sqrt(2 * mp.pi)) / (GELU_ZERO - t)


half = (LN2 / 2) * mp.mpf("1.005")
root = mp.sqrt(mp.mpf(1) / 2)
TABLE = {
    # e^r = 1 + r + r^2 q(r); the error counts beside 1.
    "exp": (safe(lambda r: (mp.expm1(r) - r) / r**2, 0.5), lambda r: r * r + mp.mpf(10) ** -12, 5, -half, half, (0.5,)),
    # log(1 + f) = f + f^2 q(f); the error counts beside f.
    "log": (
        safe(lambda f: (mp.log1p(f) - f) / f**2, -0.5),
        lambda f: abs(f) + mp.mpf(10) ** -6,
        9,
        root - 1,
        mp.sqrt(2) - 1,
        (-0.5,),
    ),
    # log(1 + e) = e + e^2 q(e), 0 <= e <= 1 / e; relative error.
    "log1p": (
        safe(lambda e: (mp.log1p(e) - e) / e**2, -0.5),
        safe(lambda e: e**2 / mp.log1p(e) + mp.mpf(10) ** -7, mp.mpf(10) ** -7),
        6,
        mp.mpf(0),
        mp.exp(-mp.mpf(1)),
        (-0.5,),
    ),
    # tanh x = x + x z q(z), z = x^2; relative error.
    "tanh": (
        safe(lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, -mp.mpf(1) / 3),
        lambda z: z + mp.mpf(10) ** -7,
        5,
        mp.mpf(0),
        mp.mpf("0.3025"),
        (),
    ),
    # erf x = x + x q(x^2 - 0.75) below 1.125; relative error.
    "erf_low": (
        lambda w: erf_ratio(w + mp.mpf("0.75")),
        lambda w: mp.mpf(1),
        7,
        mp.mpf("-0.75"),
        mp.mpf("1.125") ** 2 - mp.mpf("0.75"),
        (),
    ),
    # erf x = 1 - s(x - 2.5)^4, 1.125 <= x <= 3.9375; the error counts as it comes out of the power.
    "erf_high": (
        lambda u: mp.erfc(u + ERF_CENTRE) ** (mp.mpf(1) / 4),
        lambda u: 4 * mp.erfc(u + ERF_CENTRE) ** (mp.mpf(3) / 4) + mp.mpf(2) ** -14,
        9,
        mp.mpf("1.125") - ERF_CENTRE,
        mp.mpf("3.9375") - ERF_CENTRE,
        (),
    ),
    # log(1 + e^x) = log 2 + x / 2 + z q(z), z = x^2 <= 1.
    "softplus": (
        safe(lambda z: (mp.log(2 * mp.cosh(mp.sqrt(z) / 2)) - LN2) / z, mp.mpf(1) / 8),
        lambda z: z + mp.mpf(10) ** -9,
        4,
        mp.mpf(0),
        mp.mpf(1),
        (),
    ),
    # d/dx x Phi(x) = e^(-t^2 / 2) (t0 - t) q(v) at x = -t, v = (t - 3) / (t + 3), 0 <= t <= 15; relative error, in
    # float64.
    "gelu_derivative": (
        gelu_derivative,
        lambda v: 1 / gelu_derivative(v),
        12,
        gelu_v(0, GELU_DERIVATIVE_CENTRE),
        gelu_v(15, GELU_DERIVATIVE_CENTRE),
        (),
        53,
    ),
    # x Phi(x) = x (1 / 2 + x p(z)), z = x^2 <= 1; the error counts beside 1 / 2.
    "gelu_near": (
        safe(lambda z: mp.erf(mp.sqrt(z / 2)) / (2 * mp.sqrt(z)), 1 / mp.sqrt(2 * mp.pi)),
        lambda z: 2 * mp.sqrt(z) + mp.mpf(1) / 10,
        6,
        mp.mpf(0),
        mp.mpf(1),
        (),
    ),
    # t Phi(-t) = e^(-t^2 / 2) q(v), v = (t - 2.5) / (t + 2.5), 1 <= t <= 14.5; relative error.
    "gelu_far": (gelu_far, lambda v: 1 / gelu_far(v), 9, gelu_v(1), gelu_v("14.5"), ()),
}


def main():
    for name in sys.argv[1:] or TABLE:
        coefficients, worst = rounded(*TABLE[name])
        print(f"{name}: largest weighted error 2^{mp.nstr(mp.log(worst, 2), 4)}")
        print("    " + ", ".join(hexadecimal(c) for c in coefficients))


if __name__ == "__main__":
    main()
