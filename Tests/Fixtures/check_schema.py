"""Checks manifests against the JSON Schema with the jsonschema package, independently of our own reader.

usage: check_schema.py SCHEMA FOLDER...   Prints one line a folder: "ok FOLDER" or "refused FOLDER: reason".
"""
import json, pathlib, re, sys
import jsonschema, yaml


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2 core schema: only true and false are booleans, and dates are text."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("merge", r"^<<$", "<"),
]:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def integer(loader, node):
    text = loader.construct_scalar(node)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


CoreLoader.add_constructor("tag:yaml.org,2002:int", integer)


def problem(validator, folder):
    # Hidden files are no manifests: recipes for a forge lie beside them.
    shown = (path for path in folder.rglob("*.y*ml") if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    for path in sorted(shown):
        try:
            documents = list(yaml.load_all(path.read_bytes(), CoreLoader))
        except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
            return f"{path.name}: {type(error).__name__}"
        for document in documents:
            if document is None:
                continue
            error = jsonschema.exceptions.best_match(validator.iter_errors(document))
            if error:
                return f"{path.name}: {error.json_path}: {error.message[:200]}".replace("\n", " ")
    return None


schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for name in sys.argv[2:]:
    reason = problem(validator, pathlib.Path(name))
    print(f"refused {name}: {reason}" if reason else f"ok {name}")
