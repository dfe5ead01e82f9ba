"""Compares an object with the models of the Kubernetes API: unknown fields, missing ones and wrong types are told."""

from __future__ import annotations

import re

from kubernetes import client

SIMPLE = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object, "datetime": str, "bytes": str, "bytearray": str}


def problems(value, type_name: str, path: str = "") -> list[str]:
    if match := re.fullmatch(r"[Ll]ist\[(.+)\]", type_name):
        if not isinstance(value, list):
            return [f"{path}: not a list"]
        return [p for i, v in enumerate(value) for p in problems(v, match[1], f"{path}[{i}]")]
    if match := re.fullmatch(r"[Dd]ict[\[(](\w+), (.+)[\])]", type_name):
        if not isinstance(value, dict):
            return [f"{path}: not a map"]
        return [p for k, v in value.items() for p in problems(v, match[2], f"{path}[{k}]")]
    if type_name in SIMPLE:
        kind = SIMPLE[type_name]
        # Ports and the like are int-or-string, which the models call object.
        good = isinstance(value, kind) and not (isinstance(value, bool) and kind is int)
        return [] if good else [f"{path}: {value!r} is not {type_name}"]
    model = getattr(client, type_name)
    if not isinstance(value, dict):
        return [f"{path}: not an object"]
    fields = {name: key for key, name in model.attribute_map.items()}
    found = [f"{path}.{name}: no such field of {type_name}" for name in value if name not in fields]
    for name, inner in value.items():
        if name in fields:
            found += problems(inner, model.openapi_types[fields[name]], f"{path}.{name}")
    try:
        # The models' constructors check what is required.
        model(**{fields[name]: inner for name, inner in value.items() if name in fields})
    except ValueError as error:
        found.append(f"{path}: {error}")
    return found


MODELS = {
    ("v1", "Namespace"): "V1Namespace", ("v1", "ServiceAccount"): "V1ServiceAccount", ("v1", "Service"): "V1Service",
    ("v1", "ConfigMap"): "V1ConfigMap", ("v1", "Secret"): "V1Secret", ("apps/v1", "Deployment"): "V1Deployment",
    ("apps/v1", "StatefulSet"): "V1StatefulSet", ("policy/v1", "PodDisruptionBudget"): "V1PodDisruptionBudget",
    ("rbac.authorization.k8s.io/v1", "Role"): "V1Role",
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): "V1RoleBinding",
    ("networking.k8s.io/v1", "Ingress"): "V1Ingress",
    ("networking.k8s.io/v1", "NetworkPolicy"): "V1NetworkPolicy",
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): "V1CustomResourceDefinition",
}  # fmt: skip
# Kinds of others, for which the Kubernetes API has no models.
FOREIGN = {"cert-manager.io/v1", "gateway.networking.k8s.io/v1alpha2", "gateway.networking.k8s.io/v1",
           "monitoring.coreos.com/v1"}  # fmt: skip


def object_problems(document: dict) -> list[str]:
    key = document["apiVersion"], document["kind"]
    if key in MODELS:
        return problems(document, MODELS[key], document["kind"])
    return [] if key[0] in FOREIGN else [f"{key}: an unknown kind"]
