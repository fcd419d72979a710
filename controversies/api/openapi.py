"""The API's description, OpenAPI 3.1, made of the same declarations as what it describes."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .endpoint import VERSION, Endpoint
from .endpoints import ENDPOINTS
from .parameters import Parameter
from .problems import KINDS, MEDIA_TYPE
from .shapes import COMPONENTS, TEXT, ref

_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"required": True, "schema": {"type": "string"}},
    "Link": {"schema": TEXT},
    "Cache-Control": {"required": True, "schema": TEXT},
    "Access-Control-Allow-Origin": {"required": True, "schema": {"type": "string", "enum": ["*"]}},
}


def text() -> str:
    """The description as JSON."""
    return _text(get_language() or "", settings.SITE_NAME)


@cache
def _text(language: str, site_name: str) -> str:
    return json.dumps(description(), ensure_ascii=False, indent=1) + "\n"


def description() -> dict[str, Any]:
    """The description as JSON values."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _("%s: read API") % settings.SITE_NAME,
            "version": "1",
            "description": _(
                "What readers see, for programs: controversies, who holds which position on what evidence, and every"
                " revision. Anybody may read; nothing can be changed. Lists give `next` until they end. Every answer"
                " has an ETag: send it back as If-None-Match, and 304 says that nothing has changed. Within this"
                " version, fields and addresses may be added; none is taken away or changes its meaning."
            ),
        },
        "servers": [{"url": VERSION}],
        "tags": [{"name": name} for name in dict.fromkeys(str(each.group) for each in ENDPOINTS)],
        "paths": {each.path: {"get": _operation(each)} for each in ENDPOINTS},
        "components": {"schemas": COMPONENTS, "responses": _problems()},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    refused = sorted({400, *endpoint.problems})
    return {
        "operationId": endpoint.name,
        "summary": str(endpoint.summary),
        "description": str(endpoint.about),
        "tags": [str(endpoint.group)],
        "parameters": [_parameter(each, endpoint) for each in endpoint.parameters],
        "responses": {
            "200": {
                "description": _("What is asked for."),
                "headers": {name: _HEADERS[name] for name in _HEADERS},
                "content": {"application/json": {"schema": ref(endpoint.shape)}},
            },
            "304": {"description": _("Whoever asks has it already.")},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in refused},
        },
    }


def _parameter(parameter: Parameter, endpoint: Endpoint) -> dict[str, Any]:
    where = "path" if parameter.name in endpoint.in_path else "query"
    return {
        "name": parameter.name,
        "in": where,
        "required": where == "path",
        "description": str(parameter.about),
        "schema": parameter.schema(),
    }


def _problems() -> dict[str, Any]:
    return {
        str(status): {
            "description": f"{title}. {words}",
            "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
        }
        for status, (_kind, title, words) in KINDS.items()
    }
