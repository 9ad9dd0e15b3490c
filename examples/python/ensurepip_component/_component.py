"""The component, loaded, with the imports that its contract asks of a host."""

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

_PACKAGE = "ensurepip:bootstrap/%s@0.2.0"
# So that errors can be read.
Record.__repr__ = lambda self: repr(vars(self))


class BootstrapError(Exception):
    """An error that the component has returned: its code, and what comes with it."""


def record(**fields):
    """A record of the contract, whose fields have hyphens."""
    made = Record()
    vars(made).update((name.replace("_", "-"), value) for name, value in fields.items())
    return made


class Installer:
    """The interface `installer`. What a call may touch is what `grant` said before it."""

    def __init__(self, path):
        config = Config()
        config.consume_fuel = True
        engine = Engine(config)
        self._store = Store(engine)
        self._store.set_limits(memory_size=1 << 30)
        # An instruction takes about one unit: this is enough for a minute or two.
        self._store.set_fuel(100_000_000_000)
        self.grant({})
        linker = Linker(engine)
        linker.add_wasip2()
        with linker.root() as root:
            with root.add_instance(_PACKAGE % "digests") as digests:
                # To pass the contents takes longer than it takes the component to compute them.
                digests.add_func("of", lambda _store, _contents: None)
            with root.add_instance(_PACKAGE % "progress") as progress:
                progress.add_func("report", lambda _store, _step, _files, _done: "proceed")
        self._instance = linker.instantiate(self._store, Component.from_file(engine, path))

    def grant(self, directories):
        """From now on, the component has these directories: paths, by role."""
        wasi = WasiConfig()
        for role, path in directories.items():
            wasi.preopen_dir(str(path), role, fs_mutable=role != "wheels")
        self._store.set_wasi(wasi)

    def call(self, name, *arguments):
        """Calls a function. Raises the error that it returns."""
        find = self._instance.get_export_index
        index = find(self._store, name, find(self._store, _PACKAGE % "installer"))
        answer = self._instance.get_func(self._store, index)(self._store, *arguments)
        # No function returns a variant, except for its error.
        if isinstance(answer, Variant):
            raise BootstrapError(answer.tag, answer.payload)
        return answer
