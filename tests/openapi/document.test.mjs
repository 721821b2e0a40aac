// The two documents are valid OpenAPI 3.1, and agree with each other.
import test from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createConfig, lint } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { documents, files, operations } from "./contract.mjs";

for (const [realm, file] of Object.entries(files)) {
  test(`the ${realm} document fits the schema of OpenAPI 3.1`, async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(documents[realm]));
    assert.ok(valid, JSON.stringify(errors, null, 1));
    assert.equal(validator.version, "3.1");
  });

  // Beyond the schema: references that lead nowhere, components that nothing refers to, examples that
  // do not fit, parameters that the path lacks, ambiguous paths, operations without a failure.
  test(`a linter finds nothing in the ${realm} document`, async () => {
    const config = await createConfig({
      extends: ["recommended-strict"],
      rules: { "no-unused-components": "error", "no-invalid-schema-examples": "error" },
    });
    const found = await lint({ ref: fileURLToPath(file), config });
    assert.deepEqual(
      found.map(({ ruleId, location }) => `${ruleId} ${location[0].pointer}`),
      // It is for methods that are not described, so no description can refer to it.
      ["no-unused-components #/components/responses/MethodNotAllowed"]);
  });
}

test("what both documents describe, they describe alike", () => {
  for (const [kind, components] of Object.entries(documents.internal.components))
    for (const [name, component] of Object.entries(components)) {
      const publics = documents.public.components[kind]?.[name];
      if (publics) assert.deepEqual(component, publics, `${kind}/${name}`);
    }
  assert.deepEqual(documents.internal.components.schemas.Error, documents.public.components.schemas.Error);
});

test("the public document says nothing of internal routes", () => {
  assert.deepEqual(Object.keys(documents.public.paths).filter((path) => path.includes("internal")), []);
});

test("every response is described with the headers that all have", () => {
  for (const { realm, operation } of operations)
    for (const [status, response] of Object.entries(operation.responses)) {
      const name = response.$ref?.split("/").pop();
      const headers = Object.keys((name ? documents[realm].components.responses[name] : response).headers);
      for (const header of ["X-Request-Id", "Cache-Control", "X-Content-Type-Options"])
        assert.ok(headers.includes(header), `${operation.operationId} ${status} ${header}`);
    }
});
