import { Badge } from "@fluentui/react-components";
import { audit as said } from "../../messages/audit";
import { outcomes } from "../../messages/auditkinds";

const colors: Record<string, "success" | "danger" | "warning" | "informative"> = { ok: "success", refused: "danger", fault: "warning", tool_error: "warning", unknown: "warning" };

/** How something ended. */
export function Outcome({ outcome, intent }: { outcome: string | undefined; intent: boolean }) {
  if (intent) {
    return (
      <Badge appearance="outline" color="informative">
        {said.intent}
      </Badge>
    );
  }
  if (!outcome) return null;
  return (
    <Badge appearance="tint" color={colors[outcome] ?? "informative"}>
      {outcomes[outcome] ?? outcome}
    </Badge>
  );
}
