// What of a tool's JSON Schema a form can ask for. Whatever it cannot say is asked for
// as JSON, and the server checks the arguments in any case.

export type Shape =
  | { kind: "text"; long: boolean; min?: number; max?: number }
  | { kind: "number"; whole: boolean; min?: number; max?: number }
  | { kind: "boolean" }
  | { kind: "choice"; options: unknown[] }
  | { kind: "list"; of: Shape }
  | { kind: "object"; fields: Member[] }
  | { kind: "json" };

export interface Member {
  name: string;
  title: string;
  description?: string;
  required: boolean;
  fallback?: unknown;
  shape: Shape;
}

type Schema = Record<string, unknown>;

const isObject = (value: unknown): value is Schema => typeof value === "object" && value !== null && !Array.isArray(value);
const numberIn = (schema: Schema, key: string) => (typeof schema[key] === "number" ? schema[key] : undefined);
const textIn = (schema: Schema, key: string) => (typeof schema[key] === "string" ? schema[key] : undefined);

/** How deeply a form nests; deeper, and in circles, it is JSON. */
const deepest = 5;

/** The input schema of a definition, as fields; undefined where it is none of an object. */
export function membersOf(definition: unknown, key: "inputSchema" | "outputSchema" = "inputSchema"): Member[] | undefined {
  const schema = isObject(definition) ? definition[key] : undefined;
  if (!isObject(schema)) return undefined;
  const shape = shapeOf(schema, schema, 0);
  return shape.kind === "object" ? shape.fields : undefined;
}

function shapeOf(given: unknown, root: Schema, depth: number): Shape {
  const schema = resolved(given, root);
  if (!schema || depth > deepest) return { kind: "json" };
  const options = optionsOf(schema);
  if (options) return { kind: "choice", options };
  switch (typeOf(schema)) {
    case "string":
      return { kind: "text", long: (numberIn(schema, "maxLength") ?? 0) > 200, min: numberIn(schema, "minLength"), max: numberIn(schema, "maxLength") };
    case "integer":
    case "number":
      return { kind: "number", whole: typeOf(schema) === "integer", min: numberIn(schema, "minimum"), max: numberIn(schema, "maximum") };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return isObject(schema.items) ? { kind: "list", of: shapeOf(schema.items, root, depth + 1) } : { kind: "json" };
    case "object":
      return objectOf(schema, root, depth);
    default:
      return { kind: "json" };
  }
}

function objectOf(schema: Schema, root: Schema, depth: number): Shape {
  const { properties, required } = schema;
  if (!isObject(properties)) return depth === 0 ? { kind: "object", fields: [] } : { kind: "json" };
  const needed = Array.isArray(required) ? required : [];
  const fields = Object.entries(properties).map(([name, property]): Member => {
    const said = resolved(property, root) ?? {};
    const own = isObject(property) ? property : {};
    return {
      name,
      title: textIn(own, "title") ?? textIn(said, "title") ?? name,
      description: textIn(own, "description") ?? textIn(said, "description"),
      required: needed.includes(name),
      fallback: own.default ?? said.default,
      shape: shapeOf(property, root, depth + 1),
    };
  });
  return { kind: "object", fields: fields.sort((a, b) => Number(b.required) - Number(a.required)) };
}

/** A schema behind its reference into the same document, and without the null that it also takes. */
function resolved(given: unknown, root: Schema, hops = 0): Schema | undefined {
  if (!isObject(given) || hops > deepest) return undefined;
  if (typeof given.$ref === "string") {
    if (!given.$ref.startsWith("#/")) return undefined;
    let at: unknown = root;
    for (const step of given.$ref.slice(2).split("/")) at = isObject(at) ? at[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
    return resolved(at, root, hops + 1);
  }
  const several = given.anyOf ?? given.oneOf;
  if (Array.isArray(several)) {
    const rest = several.filter((s) => !(isObject(s) && s.type === "null"));
    return rest.length === 1 ? resolved(rest[0], root, hops + 1) : given;
  }
  return given;
}

function typeOf(schema: Schema): string | undefined {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((t) => t !== "null");
    return types.length === 1 && typeof types[0] === "string" ? types[0] : undefined;
  }
  return textIn(schema, "type") ?? (isObject(schema.properties) ? "object" : undefined);
}

function optionsOf(schema: Schema): unknown[] | undefined {
  if (Array.isArray(schema.enum)) return [...(schema.enum as unknown[])];
  if ("const" in schema) return [schema.const];
  const several = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(several) || several.length === 0 || !several.every((s) => isObject(s) && "const" in s)) return undefined;
  return several.map((s) => (isObject(s) ? s.const : undefined));
}
