import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { logHeadQuery } from "../../api/auditlog";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Failure } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { verifyBeside } from "../../verify/start";
import { AuditorsOnly } from "./AuditorsOnly";
import { type Asked, VerifyView } from "./VerifyView";

/** Verifies a file in the browser. */
export function VerifyPage() {
  return (
    <AuditorsOnly>
      <Verify />
    </AuditorsOnly>
  );
}

function Verify() {
  const { organization } = usePlace();
  const head = useQuery(logHeadQuery(organization.slug));
  const [percent, setPercent] = useState(0);
  const [leave, setLeave] = useState<AbortController>();
  const check = useMutation({
    mutationFn: ({ asked: { file, trust }, signal }: { asked: Asked; signal: AbortSignal }) =>
      verifyBeside(file, trust, (bytes) => { setPercent(Math.min(99, Math.floor((100 * bytes) / file.size))); }, signal),
  });
  if (head.error && !head.data) return <Failure trouble={troubleOf(head.error)} again={() => { void head.refetch(); }} />;
  if (!head.data) return <Loading />;
  const failed = check.error instanceof DOMException ? undefined : check.error?.message;
  return (
    <VerifyView
      organization={organization.name}
      keys={head.data.keys.map((key) => key.key)}
      origin={head.data.origin ?? ""}
      percent={check.isPending ? percent : undefined}
      verdict={check.data}
      failed={failed}
      asked={check.variables?.asked}
      onVerify={(asked) => {
        const control = new AbortController();
        setLeave(control);
        setPercent(0);
        check.mutate({ asked, signal: control.signal });
      }}
      onChange={() => {
        leave?.abort();
        check.reset();
      }}
      onStop={() => { leave?.abort(); }}
    />
  );
}
