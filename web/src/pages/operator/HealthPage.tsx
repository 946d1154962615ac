import { useQuery } from "@tanstack/react-query";
import { statusQuery } from "../../api/operator";
import { troubleOf } from "../../trouble";
import { HealthView } from "./HealthView";

/** How the platform does, as one replica sees it. */
export function HealthPage() {
  const status = useQuery(statusQuery);
  return (
    <HealthView
      status={status.data}
      trouble={status.error ? troubleOf(status.error) : undefined}
      again={() => {
        void status.refetch();
      }}
    />
  );
}
