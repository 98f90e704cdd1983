"""The table of generators: (domain, operator) -> function that draws a case."""
import importlib

TABLE = {}
FAMILIES = ("elementwise", "windows", "linear", "reductions", "layout", "indexing", "resampling",
            "normalization", "quantized", "recurrent", "signal", "sequences", "text", "ml", "control",
            "random", "training", "microsoft", "images", "heads", "generation")


def cases(*operators, domain=""):
    """A function of (operator, draw) that makes the cases of these operators."""
    def register(function):
        for operator in operators:
            TABLE[domain, operator] = function
        return function
    return register


def load():
    for family in FAMILIES:
        importlib.import_module(f"generators.{family}")
    return TABLE
