"""How to use an exported file: a few lines of plain Python that run without the studio."""

from __future__ import annotations

from pathlib import Path

from studio.spec.exports import ExportedFile
from studio.spec.model_ref import ModelRef


def usage_script(file: ExportedFile) -> str:
    """Lines that open an exported file, feed it one sample and hold its answer in ``y``.

    They are run from the folder of the file.
    """
    name = Path(file.path or "").name
    shape = ", ".join(str(size) for size in (1, *file.input_shape))
    if file.format == "onnx":
        return (
            "import numpy as np\n"
            "import onnxruntime as ort\n\n"
            f'session = ort.InferenceSession(\n    "{name}")\n'
            f"shape = ({shape})\n"
            "x = np.zeros(shape, np.float32)\n"
            'inputs = {"input": x}\n'
            "y = session.run(None, inputs)[0]\n"
        )
    if file.format == "safetensors":
        return f'from safetensors.torch import load_file\n\nweights = load_file(\n    "{name}")\n{_fill(file)}'
    if file.format == "state_dict":
        return f'import torch\n\nweights = torch.load(\n    "{name}",\n    weights_only=True)\n{_fill(file)}'
    opener = (
        f'model = torch.jit.load(\n    "{name}")\n'
        if file.format == "torchscript"
        else f'model = torch.export.load(\n    "{name}").module()\n'
    )
    return f"import torch\n\n{opener}x = torch.zeros({shape})\nwith torch.no_grad():\n    y = model(x)\n"


def _fill(file: ExportedFile) -> str:
    reference = ModelRef.parse(file.model)
    if reference.kind != "torchvision":
        return "# model: of the same architecture\nmodel.load_state_dict(weights)\n"
    return (
        "\nfrom torchvision.models import (\n    get_model)\n\n"
        f'model = get_model(\n    "{reference.name}",\n    weights=None)\n'
        "model.load_state_dict(weights)\n"
    )
