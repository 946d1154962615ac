import { Badge, makeStyles, mergeClasses, Text, tokens } from "@fluentui/react-components";
import { tool as said } from "../../messages/tools";
import type { Member, Shape } from "./schema";

const useStyles = makeStyles({
  list: { listStyleType: "none", margin: 0, padding: 0, display: "grid", gap: tokens.spacingVerticalM },
  nested: { borderLeft: `2px solid ${tokens.colorNeutralStroke2}`, marginTop: tokens.spacingVerticalS, paddingLeft: tokens.spacingHorizontalL },
  head: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS, alignItems: "baseline" },
  name: { fontFamily: tokens.fontFamilyMonospace, fontWeight: tokens.fontWeightSemibold, overflowWrap: "anywhere" },
  faint: { color: tokens.colorNeutralForeground3 },
  text: { display: "block", overflowWrap: "anywhere" },
});

/** A schema as people read one: names, kinds, and what they mean. */
export function SchemaTree({ fields, nested = false }: { fields: Member[]; nested?: boolean }) {
  const styles = useStyles();
  return (
    <ul className={mergeClasses(styles.list, nested && styles.nested)}>
      {fields.map(({ name, description, required, fallback, shape }) => (
        <li key={name}>
          <div className={styles.head}>
            <bdi className={styles.name}>{name}</bdi>
            <Text size={200} className={styles.faint}>
              {kindOf(shape)}
            </Text>
            {required && (
              <Badge appearance="outline" color="informative">
                {said.required}
              </Badge>
            )}
          </div>
          {description && (
            <Text className={styles.text}>
              <bdi>{description}</bdi>
            </Text>
          )}
          <Limits shape={shape} fallback={fallback} />
          <Below shape={shape} />
        </li>
      ))}
    </ul>
  );
}

function Limits({ shape, fallback }: { shape: Shape; fallback: unknown }) {
  const styles = useStyles();
  const parts = [shape.kind === "choice" && `${said.oneOf}: ${shape.options.map(written).join(", ")}`, range(shape), fallback !== undefined && `${said.fallback}: ${written(fallback)}`];
  const text = parts.filter(Boolean).join(" · ");
  if (!text) return null;
  return (
    <Text size={200} className={mergeClasses(styles.text, styles.faint)}>
      <bdi>{text}</bdi>
    </Text>
  );
}

function Below({ shape }: { shape: Shape }) {
  if (shape.kind === "object") return <SchemaTree nested fields={shape.fields} />;
  if (shape.kind === "list") return <Below shape={shape.of} />;
  return null;
}

const written = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function range(shape: Shape): string {
  if (shape.kind !== "number" && shape.kind !== "text") return "";
  if (shape.min === undefined && shape.max === undefined) return "";
  return `${shape.min ?? ""}…${shape.max ?? ""}`;
}

function kindOf(shape: Shape): string {
  switch (shape.kind) {
    case "text":
      return "string";
    case "number":
      return shape.whole ? "integer" : "number";
    case "choice":
      return "enum";
    case "list":
      return said.list(kindOf(shape.of));
    case "json":
      return said.any;
    case "boolean":
    case "object":
      return shape.kind;
  }
}
