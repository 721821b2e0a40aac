// What the two OpenAPI documents promise, and whether a response keeps it.
//
// The check is stricter than the documents oblige a client to be: a property, or a header that
// the documents know, fails where it is not documented. A worker that sends it has outgrown
// its description.
import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

// Where the documents are; nginx serves the public one and no other.
export const files = {
  public: new URL("../../nginx/www/api/v1/openapi.json", import.meta.url),
  internal: new URL("../../nginx/openapi-internal.json", import.meta.url),
};

export const documents = Object.fromEntries(
  Object.entries(files).map(([realm, file]) => [realm, JSON.parse(readFileSync(file, "utf8"))]));

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

// All operations: which document, path template, method, and the operation itself.
export const operations = Object.entries(documents).flatMap(([realm, document]) =>
  Object.entries(document.paths).flatMap(([template, item]) =>
    methods.filter((method) => item[method]).map((method) => ({
      realm, template, method: method.toUpperCase(), operation: item[method],
      pointer: `/paths/${encode(template)}/${method}`,
    }))));

// The `code` that goes with each status, as the contract has it.
const codes = {
  400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "bad_request",
  409: "conflict", 413: "bad_request", 414: "bad_request", 415: "bad_request", 429: "bad_request",
  500: "internal_error", 502: "internal_error", 503: "internal_error", 504: "internal_error",
};

// What may be said to a request for which no operation is described.
const undescribed = {
  400: "BadRequest", 404: "NotFound", 405: "MethodNotAllowed", 413: "ContentTooLarge", 414: "UriTooLong",
  429: "TooManyRequests", 502: "BadGateway", 503: "ServiceUnavailable", 504: "GatewayTimeout",
};

// One line of a response log: a request, and the response to it. `realm` says on which socket
// it was made and may be left out.
const exchangeSchema = {
  type: "object",
  required: ["method", "path", "status", "headers", "body"],
  properties: {
    realm: { enum: ["public", "internal"] },
    method: { type: "string" },
    path: { type: "string" },
    status: { type: "integer" },
    headers: { type: "object", additionalProperties: { anyOf: [
      { type: "string" }, { type: "array", items: { type: "string" } }] } },
    body: { type: "string" },
  },
};

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
addFormats(ajv);
ajv.addVocabulary(Object.keys(documents.public)); // what else stands at the root, beside schemas
for (const [realm, document] of Object.entries(documents)) ajv.addSchema(closed(document), realm);
const isExchange = ajv.compile(exchangeSchema);

// The names of all headers that some response documents.
const knownHeaders = new Set(Object.entries(documents).flatMap(([realm, document]) =>
  [...Object.values(document.components.responses),
    ...operations.filter((each) => each.realm === realm).flatMap((each) => Object.values(each.operation.responses))]
    .flatMap((response) => Object.keys(response.headers ?? {})).map((name) => name.toLowerCase())));

// One part of a path, as a JSON pointer in the fragment of a URI has it.
function encode(part) {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}

// A copy in which an object has no other properties than those that are described, unless the
// description says so.
function closed(node) {
  if (node === null || typeof node !== "object") return node;
  if (Array.isArray(node)) return node.map(closed);
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  return copy.type === "object" && copy.properties ? { additionalProperties: false, ...copy } : copy;
}

// What stands at a pointer of a document, references followed, and where that is.
function resolve(realm, pointer) {
  const node = pointer.split("/").slice(1).reduce((parent, part) =>
    parent?.[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")], documents[realm]);
  return node?.$ref ? resolve(realm, node.$ref.slice(1)) : { node, pointer };
}

// Where the value does not fit the schema at the pointer.
function misfits(realm, pointer, value) {
  const fits = ajv.getSchema(`${realm}#${pointer}`);
  return fits(value) ? [] : fits.errors.map((error) =>
    `${error.instancePath || "it"} ${error.message} ${JSON.stringify(error.params)}`);
}

function matches(template, path) {
  const wanted = template.split("/"), given = path.split("/");
  return wanted.length === given.length &&
    wanted.every((part, at) => part.startsWith("{") ? given[at] !== "" : part === given[at]);
}

const withoutQuery = (path) => path.split("?")[0];

// The path as nginx reads it: decoded, with single slashes and without dots.
function normalized(path) {
  try {
    return new URL(`http://site${decodeURIComponent(path).replace(/\/+/g, "/")}`).pathname;
  } catch {
    return path;
  }
}

function realmOf({ realm, path, status }) {
  return realm ?? (path.startsWith("/internal/") && status !== 404 ? "internal" : "public");
}

// The operation that a request is for, if one is described. HEAD is GET without the body.
export function findOperation(exchange) {
  if (!isExchange(exchange)) return undefined;
  const [realm, path] = [realmOf(exchange), withoutQuery(exchange.path)];
  const method = exchange.method === "HEAD" ? "GET" : exchange.method;
  return operations.find((each) =>
    each.realm === realm && each.method === method && matches(each.template, path));
}

// Whether sessiond has to answer there, or did; the rest of the site is not described.
function isOurs(exchange) {
  const [realm, path] = [realmOf(exchange), withoutQuery(exchange.path)];
  return realm === "internal" || normalized(path).startsWith("/api/v1/auth/") || isJson(valuesOf(exchange.headers)) ||
    operations.some((each) => each.realm === realm && matches(each.template, path)) ||
    (normalized(path).startsWith("/internal/") && exchange.status < 400);
}

// What nginx refuses before it looks for the route it answers in its own way: headers or a target
// that are too large or broken, and TRACE.
function isRefusedUnread({ method, status, headers }) {
  return (status === 400 || status === 414 || (status === 405 && method === "TRACE")) &&
    valuesOf(headers)["content-type"]?.[0] === "text/html";
}

// Everything in which the exchange differs from what the documents promise: one sentence each.
export function problems(exchange) {
  if (!isExchange(exchange)) return [`not an exchange: ${ajv.errorsText(isExchange.errors)}`];
  if (isRefusedUnread(exchange) || (exchange.path === "/api/v1/openapi.json" && exchange.status === 200)) return [];
  const { status } = exchange;
  const found = findOperation(exchange);
  if (found) {
    const { node, pointer } = resolve(found.realm, `${found.pointer}/responses/${status}`);
    return node ? misfitsOfResponse(found.realm, node, pointer, exchange)
      : [`${found.operation.operationId} has no status ${status}`];
  }
  if (!isOurs(exchange)) return [];
  const name = undescribed[status];
  if (!name) return [`no operation is described, and yet the status is ${status}`];
  const { node, pointer } = resolve("public", `/components/responses/${name}`);
  return [
    ...misfitsOfResponse("public", node, pointer, exchange),
    ...(status === 405 ? misfitsOfAllow(exchange) : []),
  ];
}

// Each header's values, by its name in lower case.
function valuesOf(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value].flat()]));
}

function isJson(headers) {
  return /^application\/json(; *charset=utf-8)?$/i.test(headers["content-type"]?.[0] ?? "");
}

// Allow names the methods that are described for the path; HEAD comes with GET.
function misfitsOfAllow(exchange) {
  const [realm, path] = [realmOf(exchange), withoutQuery(exchange.path)];
  const described = operations
    .filter((each) => each.realm === realm && matches(each.template, path))
    .flatMap(({ method }) => method === "GET" ? ["GET", "HEAD"] : [method]).sort().join(", ");
  const given = (valuesOf(exchange.headers).allow?.[0] ?? "").split(", ").sort().join(", ");
  return described === given ? [] : [`Allow: ${given}, but described are ${described}`];
}

function misfitsOfResponse(realm, response, pointer, exchange) {
  return [
    ...misfitsOfHeaders(realm, response, pointer, valuesOf(exchange.headers)),
    ...misfitsOfBody(realm, response, pointer, exchange),
  ];
}

function misfitsOfHeaders(realm, response, pointer, headers) {
  const described = Object.keys(response.headers ?? {});
  const surplus = Object.keys(headers)
    .filter((name) => knownHeaders.has(name) && !described.some((each) => each.toLowerCase() === name))
    .map((name) => `header ${name} is not described here`);
  const misfitting = described.flatMap((name) => {
    const header = resolve(realm, `${pointer}/headers/${encode(name)}`);
    const values = headers[name.toLowerCase()] ?? [];
    if (values.length === 0) return header.node.required ? [`header ${name} is missing`] : [];
    if (values.length > 1) return [`header ${name} comes ${values.length} times`];
    const isNumber = header.node.schema.type === "integer" && /^\d+$/.test(values[0]);
    return misfits(realm, `${header.pointer}/schema`, isNumber ? Number(values[0]) : values[0])
      .map((misfit) => `header ${name}: ${misfit}`);
  });
  return [...surplus, ...misfitting];
}

function misfitsOfBody(realm, response, pointer, { method, status, headers, body }) {
  if (!response.content || method === "HEAD") return body === "" ? [] : ["there is a body"];
  const type = valuesOf(headers)["content-type"]?.[0];
  if (response.content[type] && !isJson(valuesOf(headers)))
    return misfits(realm, `${pointer}/content/${encode(type)}/schema`, body).map((misfit) => `body: ${misfit}`);
  if (!isJson(valuesOf(headers))) return [`Content-Type is ${headers["Content-Type"] ?? headers["content-type"]}`];
  let value;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return [`the body is not JSON: ${error.message}`];
  }
  const misfitting = misfits(realm, `${pointer}/content/${encode("application/json")}/schema`, value)
    .map((misfit) => `body: ${misfit}`);
  if (codes[status] && value?.code !== codes[status])
    misfitting.push(`code is ${value?.code}, but ${status} goes with ${codes[status]}`);
  return misfitting;
}
