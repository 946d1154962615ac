import { explorer as said } from "../../messages/explorer";
import { AppMaximumDialog } from "./AppMaximumDialog";
import { AssignmentDialog } from "./AssignmentDialog";
import type { Fix } from "./fixes";
import { RoleDialog } from "./RoleDialog";
import { ScopeMaximumDialog } from "./ScopeMaximumDialog";

/** Opens what would change a refusal, on the spot. */
export function FixDialog({ fix, onClose }: { fix: Fix; onClose: () => void }) {
  switch (fix.open) {
    case "assignment":
      return <AssignmentDialog id={undefined} preset={fix.preset} onClose={onClose} />;
    case "role":
      return <RoleDialog id={fix.id} onClose={onClose} />;
    case "newRole":
      return <RoleDialog id={undefined} suggest={{ name: said.suggested(fix.tool), tool: fix.tool }} onClose={onClose} />;
    case "app":
      return <AppMaximumDialog id={fix.id} onClose={onClose} />;
    case "scope":
      return <ScopeMaximumDialog scope={fix.scope} onClose={onClose} />;
  }
}
