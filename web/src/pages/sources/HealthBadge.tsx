import { Badge } from "@fluentui/react-components";
import type { SourceStatus } from "../../api/sources";
import { sources } from "../../messages/sources";

const colors = { working: "success", failing: "danger", unread: "warning", disabled: "informative" } as const;

export function HealthBadge({ health }: { health: SourceStatus["health"] }) {
  return (
    <Badge appearance="tint" color={colors[health]}>
      {sources.healths[health]}
    </Badge>
  );
}
