"""`dataclass`, as the standard library's, at a quarter of its price.

The standard library compiles six methods for every class, one by one, whenever its module is imported: for the eighty
classes of a gate that was a third of all that a gate costs (docs/performance.md). Here only the constructor is compiled;
the other methods say the same for every class, so they are written once. Fields, `replace`, `fields` and type checkers
see no difference.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from reprlib import recursive_repr

    def dataclass(*, frozen=False, slots=False):
        """Makes a class with comparison and representation, as `dataclasses.dataclass` with the same arguments."""

        def define(cls):
            cls = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots)(cls)
            cls.__init__ = _compile_init(cls)
            methods = {"__repr__": _repr, "__eq__": _eq, "__hash__": _hash if frozen else None}
            for name, method in methods.items():
                if cls.__dict__.get(name) is None:
                    setattr(cls, name, method)
            if frozen:
                cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
                cls.__getstate__, cls.__setstate__ = _get_state, _set_state
            params = cls.__dataclass_params__
            params.init = params.repr = params.eq = True
            params.frozen = frozen
            return cls

        return define

    def _compile_init(cls):
        parameters, statements, names = ["self"], [], {"_set": object.__setattr__, "_MISSING": dataclasses.MISSING}
        for field in dataclasses.fields(cls):
            name = value = field.name
            if field.default_factory is not dataclasses.MISSING:
                names[f"_make_{name}"] = field.default_factory
                parameters.append(f"{name}=_MISSING")
                value = f"_make_{name}() if {name} is _MISSING else {name}"
            elif field.default is not dataclasses.MISSING:
                names[f"_default_{name}"] = field.default
                parameters.append(f"{name}=_default_{name}")
            else:
                parameters.append(name)
            statements.append(f" _set(self, {name!r}, {value})")
        source = f"def __init__({', '.join(parameters)}):\n" + "\n".join(statements or [" pass"])
        exec(source, names)  # noqa: S102 - of our own fields' names
        init = names["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        return init

    @recursive_repr()
    def _repr(self):
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _compared(self):
        return tuple(getattr(self, field.name) for field in dataclasses.fields(self) if field.compare)

    def _eq(self, other):
        return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented

    def _hash(self):
        return hash(_compared(self))

    def _refuse_to_set(_self, name, _value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(_self, name):
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _get_state(self):
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def _set_state(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)
