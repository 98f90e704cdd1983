"""Strings."""
from case import Case, Value
from generators import cases

WORDS = ("", "a", "b", "ab", "the", "The", "A,b", " x ", "a b c", "a,b,,c", "straße", "ß-é", "1.5")


def words(draw, shape):
    return Value("string", draw.rng.choice(WORDS, tuple(shape)).astype(object))


@cases("StringConcat")
def concat(operator, draw):
    return Case(operator, [words(draw, s) for s in draw.broadcast(2)])


@cases("StringSplit")
def split(operator, draw):
    return Case(operator, [words(draw, draw.shape(0, 3))],
                {"delimiter": draw.pick(None, "", ",", " ", "b"), "maxsplit": draw.pick(None, 1, 2, 5)}, 2)


@cases("RegexFullMatch")
def regex(operator, draw):
    pattern = draw.pick("a.*", "[a-c]+", ".*", "", r"\w+", "(a|b)*", "[^,]*", r"\d\.\d", "the|The",
                        "(?i)the", r"\p{L}+")
    return Case(operator, [words(draw, draw.shape(0, 3))], {"pattern": pattern})


@cases("StringNormalizer")
def normalizer(operator, draw):
    shape = draw.pick([draw.int(1, 6)], [1, draw.int(1, 6)])
    return Case(operator, [words(draw, shape)],
                {"case_change_action": draw.pick(None, "NONE", "LOWER", "UPPER"),
                 "is_case_sensitive": draw.pick(None, 0, 1), "stopwords": draw.pick(None, ["the", "a"],
                                                                                    ["THE", "ß-é"])})


@cases("TfIdfVectorizer")
def tf_idf(operator, draw):
    text = draw.chance(0.3)
    shape = draw.pick([draw.int(1, 9)], [draw.int(1, 3), draw.int(1, 9)])
    least, most = draw.pick((1, 1), (1, 2), (2, 2), (1, 3), (2, 3))
    vocabulary = ["a", "b", "ab", "the"] if text else [0, 1, 2, 3]
    pool, starts = [], []
    for n in range(1, most + 1):
        starts.append(len(pool))
        grams = {tuple(draw.rng.integers(0, 4, n)) for _ in range(draw.int(1, 4))}
        pool += [vocabulary[i] for gram in sorted(grams) for i in gram]
    count = sum((b - a) // (n + 1) for n, (a, b) in enumerate(zip(starts, starts[1:] + [len(pool)])))
    attributes = {"mode": draw.pick("TF", "IDF", "TFIDF"), "min_gram_length": least, "max_gram_length": most,
                  "max_skip_count": draw.int(0, 2), "ngram_counts": starts,
                  "ngram_indexes": [int(i) for i in draw.rng.permutation(count)],
                  "pool_strings" if text else "pool_int64s": pool,
                  "weights": draw.maybe([draw.real(0, 2) for _ in range(count)])}
    x = Value("string", draw.rng.choice(vocabulary, tuple(shape)).astype(object)) if text else \
        draw.tensor(draw.pick("int32", "int64"), shape, 0, 4)
    return Case(operator, [x], attributes, widen=False)
