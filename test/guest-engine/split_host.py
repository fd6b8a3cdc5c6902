"""Runs a split component in Wasmtime for Python: one call, of which every write to the store fails with a text.

Usage: python split_host.py ENGINE COMPONENT INPUT. Prints the outcome as one line of JSON. The text is what makes it a test of the
allocator: the host has to ask the guest for its memory in the middle of a call that the guest makes.
"""

import json
import sys
from pathlib import Path
from wasmtime import Engine, Module, Store
from wasmtime import component as wc

sys.path.append(str(Path(__file__).parent.parent / "another-host"))
from wasmtime_host import run_call

FUNCTIONS = {
    "log": ["write"],
    "timer": ["sleep", "complete-sleep", "clear"],
    "kv": [part + name for name in ["get", "set", "delete", "keys", "compare-and-set"] for part in ["", "complete-"]],
}


def main(engine_path, path, text):
    engine, started = Engine(), []

    def start(_store, *args):
        started.append(len(started) + 1)
        return started[-1]

    def fail(_store, _operation):
        return wc.Variant("unavailable", "the store is away")

    component = wc.Component.from_file(engine, path)
    store, linker = Store(engine), wc.Linker(engine)
    imports = [name for name in component.type.imports(engine) if name != "engine"]
    with linker.root() as root:
        root.add_module("engine", Module.from_file(engine, engine_path))
        for name in imports:
            short = name.removeprefix("aria:host/").split("@")[0]
            if short == "types":
                continue
            with root.add_instance(name) as found:
                for function in FUNCTIONS[short]:
                    found.add_func(function, fail if function.startswith("complete-") else start)

    def answer(_blobs):
        ids, started[:] = list(started), []
        return ids, []

    outcome = run_call(store, linker.instantiate(store, component), text, answer)
    print(json.dumps({**outcome, "imports": imports}))


main(*sys.argv[1:])
