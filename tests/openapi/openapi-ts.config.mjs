// How the client is generated: from the public document as it is, into a folder that is not committed.
export default {
  input: "../../nginx/www/api/v1/openapi.json",
  output: { path: "generated", importFileExtension: ".js" },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
};
