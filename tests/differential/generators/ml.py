"""ai.onnx.ml."""
import numpy as np

from case import TYPES, Case, Map, Value
from generators import cases

ML = "ai.onnx.ml"
STRINGS = ("a", "b", "c", "dd", "")


def reals(draw, count, low=-2, high=2):
    return [draw.real(low, high) for _ in range(count)]


def features(draw, kinds=("float", "float", "double", "int32", "int64")):
    rank = draw.pick(1, 2, 2, 2)
    shape = draw.ints(rank, 1, 5)
    return draw.tensor(draw.pick(*kinds), shape, exact=True), shape[-1]


@cases("ArrayFeatureExtractor", domain=ML)
def extract(operator, draw):
    shape = draw.ints(draw.int(1, 3), 1, 5)
    x = draw.tensor(draw.pick("float", "double", "int32", "int64", "string"), shape)
    return Case(operator, [x, draw.tensor("int64", [draw.int(1, 4)], 0, shape[-1] - 1)])


@cases("Binarizer", domain=ML)
def binarizer(operator, draw):
    return Case(operator, [features(draw)[0]], {"threshold": draw.maybe(draw.pick(0.5, -1.0))})


@cases("CategoryMapper", domain=ML)
def category_mapper(operator, draw):
    texts = [STRINGS[i] for i in draw.rng.permutation(4)[:3]]
    numbers = [int(i) for i in draw.rng.permutation(9)[:3]]
    attributes = {"cats_strings": texts, "cats_int64s": numbers,
                  "default_int64": draw.maybe(-7), "default_string": draw.maybe("none")}
    shape = draw.shape(1, 3)
    x = Value("string", draw.rng.choice(STRINGS, shape).astype(object)) if draw.chance() else \
        draw.tensor("int64", shape, 0, 8)
    return Case(operator, [x], attributes)


@cases("FeatureVectorizer", domain=ML)
def feature_vectorizer(operator, draw):
    n = draw.int(1, 4)
    sizes = draw.ints(draw.int(1, 3), 1, 4)
    kind = draw.pick("float", "double", "int32", "int64")
    return Case(operator, [draw.tensor(kind, [n, s], exact=True) for s in sizes], {"inputdimensions": sizes})


@cases("Imputer", domain=ML)
def imputer(operator, draw):
    x, width = features(draw)
    count = draw.pick(1, width)
    if x.type in ("float", "double"):
        missing = draw.pick(float("nan"), 1.0)
        x.array[draw.rng.random(x.array.shape) < 0.3] = missing
        attributes = {"imputed_value_floats": reals(draw, count), "replaced_value_float": missing}
    else:
        attributes = {"imputed_value_int64s": draw.ints(count, 5, 9), "replaced_value_int64": 1}
    return Case(operator, [x], attributes)


@cases("LabelEncoder", domain=ML)
def label_encoder(operator, draw):
    if draw.opset == 1:
        attributes = {"classes_strings": ["a", "b", "dd"], "default_int64": draw.maybe(9),
                      "default_string": draw.maybe("none")}
        shape = draw.shape(1, 3)
        x = Value("string", draw.rng.choice(STRINGS, shape).astype(object)) if draw.chance() else \
            draw.tensor("int64", shape, 0, 4)
        return Case(operator, [x], attributes)
    source, to = draw.pick("int64", "string", "float"), draw.pick("int64", "string", "float")

    def some(kind):
        return {"int64": [3, 1, 7], "string": ["a", "b", "dd"], "float": [0.5, float("nan"), 2.0]}[kind]
    attributes = {f"keys_{source}s": some(source), f"values_{to}s": some(to)}
    if draw.chance():
        attributes[f"default_{to}"] = {"int64": -7, "string": "none", "float": 0.25}[to]
    shape = draw.shape(1, 3)
    if source == "string":
        x = Value("string", draw.rng.choice(STRINGS, shape).astype(object))
    elif source == "float":
        x = draw.floats("float", draw.rng.choice([0.5, np.nan, 2.0, 3.0], shape))
    else:
        x = draw.tensor("int64", shape, 0, 8)
    return Case(operator, [x], attributes)


def class_labels(draw, count):
    if draw.chance():
        return {"classlabels_ints": [int(i) for i in draw.rng.permutation(9)[:count]]}
    return {"classlabels_strings": [f"c{i}" for i in draw.rng.permutation(9)[:count]]}


TRANSFORMS = (None, "NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")


@cases("LinearClassifier", domain=ML)
def linear_classifier(operator, draw):
    x, width = features(draw)
    classes = draw.int(2, 4)
    rows = draw.pick(classes, classes, 1) if classes == 2 else classes
    labels = class_labels(draw, classes)
    return Case(operator, [x], {"coefficients": reals(draw, rows * width), "intercepts": reals(draw, rows),
                                "post_transform": draw.pick(*TRANSFORMS[:5]), "multi_class": draw.pick(None,
                                                                                                       0, 1),
                                **labels}, 2)


@cases("LinearRegressor", domain=ML)
def linear_regressor(operator, draw):
    x, width = features(draw, ("float",))
    targets = draw.int(1, 3)
    return Case(operator, [x], {"coefficients": reals(draw, targets * width),
                                "intercepts": draw.maybe(reals(draw, targets)), "targets": targets,
                                "post_transform": draw.pick(*TRANSFORMS[:5])})


@cases("Normalizer", domain=ML)
def normalizer(operator, draw):
    return Case(operator, [features(draw)[0]], {"norm": draw.pick(None, "MAX", "L1", "L2")})


@cases("OneHotEncoder", domain=ML)
def one_hot_encoder(operator, draw):
    zeros = draw.maybe(1, 0.8)
    if draw.chance(0.3):
        x = Value("string", draw.rng.choice(STRINGS, draw.shape(1, 3)).astype(object))
        return Case(operator, [x], {"cats_strings": ["a", "b", "c", "dd", ""][:draw.int(4, 5)],
                                    "zeros": zeros})
    x = draw.tensor(draw.pick("int64", "int32", "float", "double"), draw.shape(1, 3), 0, 4)
    x.array = np.round(x.array).astype(TYPES[x.type][1])
    return Case(operator, [x], {"cats_int64s": [0, 3, 1, 2, 4][:draw.int(4, 5)], "zeros": zeros})


@cases("Scaler", domain=ML)
def scaler(operator, draw):
    x, width = features(draw)
    count = draw.pick(1, width)
    return Case(operator, [x], {"offset": reals(draw, count), "scale": reals(draw, count, 0.5, 2)})


KERNELS = ("LINEAR", "POLY", "RBF", "SIGMOID")


@cases("SVMRegressor", domain=ML)
def svm_regressor(operator, draw):
    x, width = features(draw, ("float",))
    vectors = draw.int(0, 4)
    attributes = {"kernel_type": draw.pick(*KERNELS) if vectors else "LINEAR", "kernel_params": [0.5, 0.25,
                                                                                                 2.0],
                  "rho": [draw.real(-1, 1)], "post_transform": draw.pick(None, "NONE", "NONE", "LOGISTIC"),
                  "coefficients": reals(draw, vectors or width), "n_supports": vectors or None,
                  "support_vectors": reals(draw, vectors * width) if vectors else None,
                  "one_class": draw.pick(None, 0, 1)}
    return Case(operator, [x], attributes)


@cases("SVMClassifier", domain=ML)
def svm_classifier(operator, draw):
    x, width = features(draw)
    classes = draw.int(2, 4)
    labels = class_labels(draw, classes)
    attributes = {**labels, "kernel_type": draw.pick(*KERNELS), "kernel_params": [0.5, 0.25, 2.0],
                  "post_transform": draw.pick(None, "NONE", "LOGISTIC", "SOFTMAX") if classes > 2 else
                  draw.pick(None, "NONE", "LOGISTIC")}
    if draw.chance(0.3):
        attributes.update(coefficients=reals(draw, classes * width), rho=[draw.real(-1, 1)],
                          kernel_type="LINEAR")
        return Case(operator, [x], attributes, 2)
    vectors = draw.ints(classes, 1, 3)
    pairs = classes * (classes - 1) // 2
    attributes.update(vectors_per_class=vectors, support_vectors=reals(draw, sum(vectors) * width),
                      coefficients=reals(draw, sum(vectors) * (classes - 1)), rho=reals(draw, pairs))
    if draw.chance(0.4):
        attributes.update(prob_a=reals(draw, pairs, -2, -1), prob_b=reals(draw, pairs, -0.5, 0.5))
    return Case(operator, [x], attributes, 2)


MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ")


def forest(draw, width):
    """Attributes of nodes, and the (tree, node) of every leaf."""
    nodes = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids",
                             "falsenodeids", "missing_value_tracks_true")}
    leaves = []
    modes = draw.pick(MODES[:1], MODES[:1], MODES)
    for tree in range(draw.int(1, 4)):
        inner = draw.int(0, 6)
        open_ends, children, count = [0], {}, 1
        for _ in range(inner):
            node = open_ends.pop(draw.int(0, len(open_ends) - 1))
            children[node] = (count, count + 1)
            open_ends += [count, count + 1]
            count += 2
        for node in range(count):
            yes, no = children.get(node, (0, 0))
            row = (tree, node, draw.int(0, width - 1) if node in children else 0,
                   draw.pick(-1.0, 0.25, 0.5, 1.0, 2.0) if node in children else 0.0,
                   draw.pick(*modes) if node in children else "LEAF", yes, no, draw.int(0, 1))
            for key, value in zip(nodes, row):
                nodes[key].append(value)
        leaves += [(tree, node) for node in sorted(open_ends)]
    if draw.chance():
        nodes.pop("missing_value_tracks_true")
    return {f"nodes_{k}": v for k, v in nodes.items()}, leaves


@cases("TreeEnsembleRegressor", domain=ML)
def tree_regressor(operator, draw):
    x, width = features(draw, ("float", "float", "double", "int64"))
    x.array = x.array.reshape(-1, width)
    attributes, leaves = forest(draw, width)
    targets = draw.pick(1, 2, 3)
    rows = [(t, n, k) for t, n in leaves for k in range(targets) if k == 0 or draw.chance(0.6)]
    attributes.update(target_treeids=[r[0] for r in rows], target_nodeids=[r[1] for r in rows],
                      target_ids=[r[2] for r in rows], target_weights=reals(draw,
                                                                            len(rows)), n_targets=targets,
                      aggregate_function=draw.pick(None, "SUM", "AVERAGE", "MIN", "MAX"),
                      base_values=draw.maybe(reals(draw, targets)), post_transform=draw.pick(*TRANSFORMS[:5]))
    return Case(operator, [x], attributes)


@cases("TreeEnsembleClassifier", domain=ML)
def tree_classifier(operator, draw):
    x, width = features(draw, ("float", "float", "double", "int64"))
    x.array = x.array.reshape(-1, width)
    attributes, leaves = forest(draw, width)
    classes = draw.int(2, 4)
    only = draw.chance(0.3) and classes == 2  # a binary model whose weights are all of one class
    rows = [(t, n, k) for t, n in leaves for k in ([draw.int(1, 1)] if only else range(classes))
            if only or k == 0 or draw.chance(0.6)]
    labels = {k.replace("labels_ints", "labels_int64s"): v for k, v in class_labels(draw, classes).items()}
    attributes.update(class_treeids=[r[0] for r in rows], class_nodeids=[r[1] for r in rows],
                      class_ids=[r[2] for r in rows],
                      class_weights=reals(draw, len(rows), *draw.pick((-2, 2), (0, 1))), **labels,
                      base_values=draw.maybe(reals(draw, classes),
                                             0.2), post_transform=draw.pick(*TRANSFORMS[:5]))
    return Case(operator, [x], attributes, 2)


@cases("TreeEnsemble", domain=ML)
def tree_ensemble(operator, draw):
    kind = draw.pick("float", "float", "double")
    width, inner, targets = draw.int(1, 4), draw.int(1, 5), draw.int(1, 3)
    leaves = inner + 1
    branch = []  # per inner node: true child, whether it is a leaf, false child, whether it is one
    leaf = 0
    for k in range(inner):  # a chain: one child a leaf, the other the next node
        last = k == inner - 1
        yes, no = (leaf, 1), (leaf + 1, 1) if last else (k + 1, 0)
        leaf += 1
        branch.append((yes, no) if draw.chance() else (no, yes))
    splits = draw.floats(kind, draw.rng.choice([-1, 0.25, 0.5, 1, 2], inner))
    modes = draw.rng.choice([0, 0, 0, 1, 2, 3, 4, 5], inner).astype(np.uint8)
    attributes = {"n_targets": targets, "aggregate_function": draw.pick(None, 0, 1, 2, 3),
                  "post_transform": draw.pick(None, 0, 1, 2, 3), "tree_roots": [0],
                  "nodes_splits": splits, "nodes_featureids": draw.ints(inner, 0, width - 1),
                  "nodes_modes": Value("uint8", modes),
                  "nodes_truenodeids": [b[0][0] for b in branch], "nodes_trueleafs": [b[0][1]
                                                                                      for b in branch],
                  "nodes_falsenodeids": [b[1][0] for b in branch], "nodes_falseleafs": [b[1][1]
                                                                                        for b in branch],
                  "leaf_targetids": draw.ints(leaves, 0, targets - 1), "leaf_weights": draw.tensor(kind,
                                                                                                   [leaves])}
    return Case(operator, [draw.tensor(kind, [draw.int(1, 5), width], exact=True)], attributes)


@cases("ZipMap", domain=ML)
def zip_map(operator, draw):
    width = draw.int(1, 4)
    x = draw.tensor("float", draw.pick([width], [draw.int(1, 4), width]))
    labels = [int(i) for i in draw.rng.permutation(9)[:width]]
    return Case(operator, [x], draw.pick({"classlabels_int64s": labels},
                                         {"classlabels_strings": [f"c{i}" for i in labels]}), widen=False)


def map_of(draw, keys, values):
    """Some of the keys from 0 to 5, in any order, with values."""
    chosen = draw.rng.permutation(6)[:draw.int(1, 5)]
    names = Value("string", np.array([f"k{i}" for i in chosen], object)) if keys == "string" else \
        draw.i64(chosen)
    if values == "string":
        numerals = draw.rng.choice(["1", "-2.5", "0", "7"], len(chosen)).astype(object)
        return Map(names, Value("string", numerals))
    return Map(names, draw.tensor(values, [len(chosen)]))


@cases("DictVectorizer", domain=ML)
def dict_vectorizer(operator, draw):
    keys, values = draw.pick(("string", "int64"), ("int64", "string"), ("int64", "float"), ("int64", "double"),
                             ("string", "float"), ("string", "double"))
    vocabulary = [int(i) for i in draw.rng.permutation(8)[:draw.int(1, 8)]]
    attributes = {"int64_vocabulary": vocabulary} if keys == "int64" else \
        {"string_vocabulary": [f"k{i}" for i in vocabulary]}
    return Case(operator, [map_of(draw, keys, values)], attributes, widen=False)


@cases("CastMap", domain=ML)
def cast_map(operator, draw):
    x = map_of(draw, "int64", draw.pick("string", "float"))
    sparse = draw.chance()
    return Case(operator, [x], {"cast_to": draw.pick(None, "TO_FLOAT", "TO_STRING", "TO_INT64"),
                                "map_form": "SPARSE" if sparse else draw.pick(None, "DENSE"),
                                "max_map": draw.int(6, 9) if sparse else None}, widen=False)
