import { useCreateAccessReport } from "../../api/accessreport";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { AccessReportView } from "./AccessReportView";
import { AuditorsOnly } from "./AuditorsOnly";

/** Who could use what, as of an instant. */
export function AccessReportPage() {
  return (
    <AuditorsOnly>
      <Report />
    </AuditorsOnly>
  );
}

function Report() {
  const { organization } = usePlace();
  const make = useCreateAccessReport(organization.slug);
  return (
    <AccessReportView
      organization={organization}
      made={make.data}
      busy={make.isPending}
      trouble={make.error ? troubleOf(make.error) : undefined}
      onMake={(question) => { make.mutate(question); }}
    />
  );
}
