"""The component, loaded, with the imports that its contract asks of a host."""

import threading

from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record

from . import _bytecode, _bytes, _directories, _scripts  # noqa: F401

_PACKAGE = "ensurepip:bootstrap/%s@0.1.0"
_MEMORY_LIMIT = 1 << 30
_SECONDS_LIMIT = 60


def record(**fields):
    """A record of the contract, whose fields have hyphens."""
    made = Record()
    for name, value in fields.items():
        setattr(made, name.replace("_", "-"), value)
    return made


def _words(function):
    """A function whose failure becomes the words of an error that the component handles."""

    def answering(_store, *arguments):
        try:
            return function(*arguments)
        except (OSError, ValueError) as error:
            return str(error)

    return answering


def _not_asked(_store, *_arguments):
    """What the component has no reason to call."""
    raise NotImplementedError


class Installer:
    """The component's one interface. What a call may touch is what `grant` said before it."""

    def __init__(self, path, on_progress=lambda step, files, done: "proceed"):
        config = Config()
        config.epoch_interruption = True
        self._engine = Engine(config)
        self._on_progress = on_progress
        self._grants, self._scripts = {}, None
        self._store = Store(self._engine)
        self._store.set_limits(memory_size=_MEMORY_LIMIT)
        self._store.set_epoch_deadline(1)
        self.grant({}, None, writable=False)
        component = Component.from_file(self._engine, path)
        self._instance = self._linker().instantiate(self._store, component)
        self._interface = self._index(_PACKAGE % "installer")

    def grant(self, directories, scripts, writable):
        """From now on, the component has these open directories, by role."""
        wasi = WasiConfig()
        for role, descriptor in directories.items():
            wasi.preopen_dir(_directories.path_of(descriptor), role, writable)
        self._store.set_wasi(wasi)
        self._grants = directories if writable else {}
        self._scripts = scripts

    def call(self, name, *arguments):
        """Calls a function of the interface, and stops it after some time."""
        function = self._instance.get_func(self._store, self._index(name, self._interface))
        clock = threading.Timer(_SECONDS_LIMIT, self._engine.increment_epoch)
        clock.daemon = True
        clock.start()
        try:
            return function(self._store, *arguments)
        finally:
            clock.cancel()

    def _index(self, name, interface=None):
        return self._instance.get_export_index(self._store, name, interface)

    def _linker(self):
        linker = Linker(self._engine)
        # The component imports a part of it: files, and what Rust cannot be without.
        linker.add_wasip2()
        orders = _bytecode.Orders()
        imports = {
            # To bring the contents here takes longer than it takes the component.
            "digests": {"available": lambda _store: False, "of": None},
            # There is one instance.
            "helpers": {"count": lambda _store: 0, "stage": None, "staged": None},
            "interpreter": {
                "recall": lambda _store, *asked: orders.recall(*asked),
                "compile": _words(orders.bring),
                "compiled": _words(orders.take),
            },
            "shims": {
                "stage": _words(self._stage),
                "publish": _words(self._publish),
                "withdraw": lambda _store: self._scripts.undo(),
            },
            "permissions": {"normalize": _words(self._normalize)},
            "progress": {"report": lambda _store, *told: self._on_progress(*told)},
        }
        with linker.root() as root:
            for interface, functions in imports.items():
                with root.add_instance(_PACKAGE % interface) as instance:
                    for name, function in functions.items():
                        instance.add_func(name, function or _not_asked)
        return linker

    def _stage(self, scripts, modified, obsolete):
        staged = _scripts.written(self._scripts.stage(scripts, modified, obsolete))
        return [record(name=name, sha256=digest, size=size) for name, digest, size in staged]

    def _publish(self):
        self._scripts.publish()

    def _normalize(self, role, path, executables):
        _directories.normalize(self._grants[role], path, executables)
