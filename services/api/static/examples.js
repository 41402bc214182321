// How an operation is asked for: with curl, from the description alone; with the Python client, where it has it.

const isPhones = (operation) => (operation.security ?? []).some((one) => "session" in one);
const isOpen = (operation) => operation.tags?.includes("operations");

/** A command line. */
export function curlOf(base, path, method, operation, all) {
  const body = bodyOf(operation, all);
  // curl posts what has a body by itself.
  const verb = method === "get" || (method === "post" && body.length) ? "" : ` -X ${method.toUpperCase()}`;
  const words = [`curl${verb} ${base}${path.replace(/\{(\w+)\}/g, (_, name) => `$${name.toUpperCase()}`)}`];
  const onlyPhone = isPhones(operation) && !operation.security.some((one) => "bearer" in one);
  if (!isOpen(operation)) words.push(`-H "Authorization: Bearer ${onlyPhone ? "$TOKEN" : "$KEY"}"`);
  return [...words, ...body].join(" \\\n  ");
}

function bodyOf(operation, all) {
  const content = operation.requestBody?.content ?? {};
  if (content["multipart/form-data"]) {
    return Object.keys(content["multipart/form-data"].schema.properties).map((name) => `-F ${name}=@${name}.jpg`);
  }
  if (content["image/jpeg"]) return ['-H "Content-Type: image/jpeg"', "--data-binary @picture.jpg"];
  const json = content["application/json"];
  return json ? ['-H "Content-Type: application/json"', `-d '${JSON.stringify(sampleOf(json.schema, all))}'`] : [];
}

/** A value that fits a schema: of an object what is required, or else all that it may have. */
function sampleOf(schema, all) {
  if (schema.$ref) return sampleOf(all[schema.$ref.split("/").at(-1)], all);
  const [known] = [schema.examples?.[0], schema.default, schema.const, schema.enum?.[0]].filter((one) => one != null);
  if (known !== undefined) return known;
  if (schema.anyOf) return sampleOf(schema.anyOf[0], all);
  if (schema.properties) {
    const wanted = schema.required ?? Object.keys(schema.properties);
    return Object.fromEntries(wanted.map((name) => [name, sampleOf(schema.properties[name], all)]));
  }
  const simple = { array: [], boolean: true, integer: schema.minimum ?? 1, number: schema.minimum ?? 1, object: {} };
  return simple[schema.type] ?? "…";
}

/** What is no check, by its operation. */
const PYTHON = {
  "get-check": "check = client.get_check(id)",
  "get-verification": "check = client.get_verification(id)",
  "create-session": 'session = client.create_session(reference="customer-7")\nprint(session.id, session.token)',
  "get-session": "session = client.get_session(id)\nprint(session.status, session.verification)",
  "upload-document": 'state = phone.upload("document", "passport.jpg")',
  "upload-selfie": 'state = phone.upload("selfie", "selfie.jpg")',
  "submit-session": "phone.submit()\nstate = phone.wait()",
  "list-errors": "for error in client.errors():\n    print(error.code, error.billable, error.retryable)",
  "get-usage": "month = client.usage()",
  "create-webhook": "webhook = client.create_webhook(url)\nprint(webhook.secret)",
  "list-webhooks": "webhooks = client.webhooks()",
  "get-webhook": "webhook = client.webhook(id)",
  "delete-webhook": "client.delete_webhook(id)",
  "rotate-webhook-secret": "webhook = client.rotate_webhook_secret(id)\nprint(webhook.secret)",
  "test-webhook": "delivery = client.test_webhook(id)",
  "list-webhook-deliveries": "page = client.webhook_deliveries(id)",
  "resend-webhook-delivery": "delivery = client.resend_webhook_delivery(id, delivery_id)",
  "delete-check": "deletion = client.delete_check(id)\nprint(deletion.receipt)",
  "delete-verification": "deletion = client.delete_verification(id)\nprint(deletion.receipt)",
  "get-deletion": "deletion = client.deletion(id)",
  "list-deletion-keys": "keys = client.deletion_keys()",
};

/** A few lines of Python; null: the client does not have it. */
export function pythonOf(base, operation) {
  const form = operation.requestBody?.content?.["multipart/form-data"];
  const name = operation.operationId.replaceAll("-", "_");
  const images = form && Object.keys(form.schema.properties).map((image) => `${image}="${image}.jpg"`).join(", ");
  const lines = form ? `check = client.${name}(${images})\nprint(check.result)` : PYTHON[operation.operationId];
  if (!lines) return null;
  const [made, type, secret] = lines.includes("phone.") ? ["phone", "EkycSession", "token"] : ["client", "EkycClient", "key"];
  return `from services.client import ${type}\n\n${made} = ${type}("${base}", ${secret})\n${lines}`;
}
