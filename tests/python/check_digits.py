"""The digit models through the module: which digit it is, the values that are stored beside the
models, and images that were held out in training.
usage: check_digits.py MODELS_FOLDER"""
import sys
import unittest
from pathlib import Path

import hinge
import numpy as np
import onnx
from onnx import numpy_helper

MODELS = Path(sys.argv[1])
NETWORKS = sorted(MODELS.glob("digits_*"))

# Of the 360 digits held out, as models/README.md has it of the script that trained the networks.
RIGHT = {"digits_relu": 358, "digits_leakyrelu": 357, "digits_elu": 357, "digits_softplus": 354,
         "digits_sigmoid": 354, "digits_tanh": 357}


def stored(path):
    tensor = onnx.TensorProto()
    tensor.ParseFromString(path.read_bytes())
    return tensor.name, numpy_helper.to_array(tensor)


class Digits(unittest.TestCase):
    def test_digits(self):
        with hinge.Session(MODELS / "digits_relu" / "model.onnx", threads=1) as session:
            for digit in range(10):
                image = np.load(MODELS / "digits" / f"{digit}.npy")
                self.assertEqual(session.run({"image": image})["probability"].argmax(), digit)

    def test_stored_values(self):
        for network in NETWORKS:
            folders = sorted(network.glob("test_data_set_*"))
            self.assertTrue(folders)
            session = hinge.Session((network / "model.onnx").read_bytes())
            for folder in folders:
                inputs = dict(stored(path) for path in folder.glob("input_*.pb"))
                for path in folder.glob("output_*.pb"):
                    name, expected = stored(path)
                    np.testing.assert_allclose(session.run(inputs, [name])[0], expected,
                                               rtol=1e-4, atol=1e-6)
                    np.testing.assert_array_equal(hinge.read_value(path), expected)

    def test_held_out(self):
        images = np.load(MODELS / "digits" / "held_out_images.npy").astype(np.float32) / 16
        labels = np.load(MODELS / "digits" / "held_out_labels.npy")
        self.assertEqual({network.name for network in NETWORKS}, set(RIGHT))
        for network in NETWORKS:
            session = hinge.Session(network / "model.onnx")
            result, = session.run({"image": images}, ["probability"])
            self.assertEqual((result.argmax(axis=1) == labels).sum(), RIGHT[network.name])

    def test_description(self):
        session = hinge.Session(MODELS / "digits_relu" / "model.onnx")
        image, = session.inputs
        self.assertEqual(image, ("image", "tensor(float)", ("batch", 1, 8, 8)))
        self.assertEqual(image.dtype, np.float32)
        self.assertEqual(session.outputs, (("probability", "tensor(float)", ("batch", 10)),))
        self.assertEqual(session.model.opsets, {"": 13})
        self.assertEqual(session.model.producer, "train_digits.py")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
