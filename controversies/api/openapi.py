"""The description of the API in OpenAPI 3.1, from the declarations of its addresses and objects."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from controversies.document.types import BLOCKS

from . import blame, checks, comparison, objects
from .addresses import VERSION
from .endpoint import Endpoint
from .endpoints import ENDPOINTS, INDEX_SHAPE
from .parameters import Parameter
from .problems import KINDS, MEDIA_TYPE, PROBLEM
from .schemas import NESTED_PARTS, TEXT, Schema, of_object, of_part, optional_fields, ref

_HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {"required": True, "schema": {"type": "string"}},
    "Link": {"schema": TEXT},
    "Cache-Control": {"required": True, "schema": TEXT},
    "Access-Control-Allow-Origin": {"required": True, "schema": {"type": "string", "enum": ["*"]}},
}


_SHAPES = (
    objects.PAGE,
    checks.NOTICE,
    checks.SOURCE_CHECKS,
    checks.CITATION_CHECKS,
    checks.EVIDENCE_GROUP,
    checks.EVIDENCE,
    objects.REVISION,
    objects.CONTROVERSY,
    objects.POSITION,
    objects.BACKER,
    objects.SOURCE,
    objects.USE,
    objects.TOPIC,
    comparison.RUN,
    comparison.FIELD_CHANGE,
    comparison.LIST_CHANGE,
    comparison.PLACE,
    comparison.DEPARTURE,
    comparison.PASSAGE,
    comparison.ITEM_CHANGE,
    comparison.BLOCK_CHANGE,
    comparison.COMPARISON,
    blame.SPAN,
    blame.VALUE,
    blame.BLAME,
    objects.CHANGE,
    INDEX_SHAPE,
    objects.CONTROVERSIES,
    objects.REVISIONS,
    objects.POSITIONS,
    objects.BACKERS,
    objects.SOURCES,
    objects.USES,
    objects.TOPICS,
    objects.CHANGES,
    PROBLEM,
)


def _components() -> dict[str, Schema]:
    """The schemas of parts of a document, and of all objects, by name."""
    parts = [*NESTED_PARTS, *(block_type.part for block_type in BLOCKS)]
    return {
        **{part.__name__: of_object(of_part(part), optional=optional_fields(part)) for part in parts},
        "Document": objects.DOCUMENT,
        "Redaction": objects.REDACTION,
        **{shape.name: shape.schema for shape in _SHAPES},
        "Value": comparison.VALUE,
        "BlameFields": blame.FIELDS,
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
                "The public pages, for programs: controversies, who holds which position on what evidence, and every"
                " revision. Anybody may read; nothing can be changed. Lists give `next` until they end. Every answer"
                " has an ETag: send it back as If-None-Match, and 304 means that nothing has changed. Within this"
                " version, fields and addresses may be added; none is removed or changes its meaning."
            ),
        },
        "servers": [{"url": VERSION}],
        "tags": [{"name": name} for name in dict.fromkeys(str(each.group) for each in ENDPOINTS)],
        "paths": {each.path: {"get": _operation(each)} for each in ENDPOINTS},
        "components": {"schemas": _components(), "responses": _problems()},
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    statuses = sorted({400, *endpoint.problems})
    return {
        "operationId": endpoint.name,
        "summary": str(endpoint.summary),
        "description": str(endpoint.about),
        "tags": [str(endpoint.group)],
        "parameters": [_parameter(each, endpoint) for each in endpoint.parameters],
        "responses": {
            "200": {
                "description": _("The answer."),
                "headers": {name: _HEADERS[name] for name in _HEADERS},
                "content": {"application/json": {"schema": ref(endpoint.component)}},
            },
            "304": {"description": _("The client has this already.")},
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses},
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
