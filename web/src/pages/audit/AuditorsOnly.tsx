import { ShieldLockRegular } from "@fluentui/react-icons";
import type { ReactNode } from "react";
import { includes } from "../../api/roles";
import { audit as said } from "../../messages/audit";
import { usePlace } from "../../shell/place";
import { EmptyState } from "../../ui/EmptyState";

/** What is below is for auditors and owners; others are told so, and nothing is asked for. */
export function AuditorsOnly({ children }: { children: ReactNode }) {
  const { held } = usePlace();
  if (includes(held, "auditor")) return children;
  return <EmptyState as="h1" icon={<ShieldLockRegular />} title={said.auditorsOnly} text={said.auditorsOnlyText} />;
}
