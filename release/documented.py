"""Checks that an Ansible module accepts the parameters that it documents: documented.py MODULE."""

import importlib
import sys
from unittest import mock

import yaml

# What the documentation and the specification state about a parameter, under the same names.
FACTS = {"type": "str", "default": None, "choices": None, "elements": None}


def facts(parameters):
    return {
        name: {fact: stated.get(fact, otherwise) for fact, otherwise in FACTS.items()}
        for name, stated in parameters.items()
    }


def main(name):
    module = importlib.import_module(name)
    with mock.patch.object(module, "AnsibleModule", side_effect=InterruptedError) as made:
        try:
            module.main()
        except InterruptedError:
            pass
    accepted = facts(made.call_args.kwargs["argument_spec"])
    documented = facts(yaml.safe_load(module.DOCUMENTATION)["options"])
    for parameter in sorted(accepted.keys() | documented.keys()):
        if accepted.get(parameter) != documented.get(parameter):
            sys.exit(
                f"error: `{parameter}` is documented as {documented.get(parameter)}, "
                f"and accepted as {accepted.get(parameter)}"
            )


if __name__ == "__main__":
    main(sys.argv[1])
