import { Badge } from "@fluentui/react-components";
import { effects } from "../messages/tools";

const colors = { read: "informative", write: "warning", destructive: "danger" } as const;

/** What a tool does to the world. */
export function EffectBadge({ effect }: { effect: keyof typeof effects | undefined }) {
  if (!effect) return null;
  return (
    <Badge appearance="tint" color={colors[effect]}>
      {effects[effect]}
    </Badge>
  );
}
