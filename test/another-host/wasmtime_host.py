"""A host in Python: runs a component of ours with nothing but Wasmtime and the interfaces that the component names.

Usage: python wasmtime_host.py COMPONENT INPUT. Prints the outcome as one line of JSON. A host of its own, on purpose: it shares
no line with Aria, and keeps values in a dictionary.
"""

import json
import sys
from wasmtime import Engine, Store
from wasmtime import component as wc


class Host:
    def __init__(self):
        self.values, self.ready, self.started, self.logs = {}, {}, [], []
        self.blobs_in, self.next_id = [], 0

    def start(self, name):
        def started(_store, *args):
            self.next_id += 1
            self.started.append((self.next_id, name, args))
            return self.next_id

        return started

    def complete(self, _store, operation):
        return self.ready.pop(operation)

    def define(self, linker, imports):
        with linker.root() as root:
            for name in imports:
                short = name.removeprefix("aria:host/").split("@")[0]
                if short == "types":
                    continue
                with root.add_instance(name) as found:
                    if short == "log":
                        found.add_func("write", lambda _store, level, message, fields: self.logs.append(message))
                    elif short == "timer":
                        found.add_func("sleep", self.start("sleep"))
                        found.add_func("complete-sleep", self.complete)
                        found.add_func("clear", lambda _store, operation: None)
                    elif short == "kv":
                        for operation in ["get", "set", "delete", "keys", "compare-and-set"]:
                            found.add_func(operation, self.start(operation))
                            found.add_func("complete-" + operation, self.complete)
                    else:
                        raise SystemExit(f"unexpected import {name}")

    def answer(self, turn_blobs):
        """Runs what the turn has started; the results wait in `ready`, their bytes in `blobs_in`."""
        self.blobs_in, ids = [], []
        for operation, name, args in self.started:
            value = None
            if name == "set":
                self.values[args[0], args[1]] = bytes(turn_blobs[args[2]])
            elif name == "get" and (args[0], args[1]) in self.values:
                value = len(self.blobs_in)
                self.blobs_in.append(self.values[args[0], args[1]])
            self.ready[operation] = value
            ids.append(operation)
        self.started = []
        return ids, self.blobs_in


def run_call(store, instance, text, answer):
    """Runs a call to its end. `answer` takes the blobs of a turn and gives the ids that are ready and the blobs that they name."""
    tool = instance.get_export_index(store, "aria:host/tool@0.1.0")
    begin, resume = (instance.get_func(store, instance.get_export_index(store, name, tool)) for name in ("begin", "resume"))
    call = wc.Record()
    call.input, call.blobs, call.seed = text, [], bytes(32)
    setattr(call, "now-ms", 1000.0)
    turn, turns = begin(store, call), 1
    begin.post_return(store)
    while turn.outcome is None or getattr(turn.outcome, "tag", "") == "waiting":
        ids, blobs = answer(turn.blobs)
        turn, turns = resume(store, ids, blobs, 2000.0), turns + 1
        resume.post_return(store)
    output = getattr(turn.outcome, "payload", turn.outcome)
    return {"output": output if isinstance(output, str) else vars(output), "turns": turns}


def main(path, text):
    engine, host = Engine(), Host()
    component = wc.Component.from_file(engine, path)
    store, linker = Store(engine), wc.Linker(engine)
    imports = list(component.type.imports(engine))
    host.define(linker, imports)
    outcome = run_call(store, linker.instantiate(store, component), text, host.answer)
    print(json.dumps({**outcome, "logs": host.logs, "imports": imports}))


if __name__ == "__main__":
    main(*sys.argv[1:])
