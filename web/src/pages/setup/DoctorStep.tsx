import { Button, Spinner, Text } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { doctorQuery } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Refusal } from "./Act";
import { Findings } from "./Findings";

const said = setup.doctor;

/** Looks at every setting, live, and says what mends it. */
export function DoctorStep({ org, open, onLooked }: { org: string; open: boolean; onLooked: () => void }) {
  const doctor = useQuery({ ...doctorQuery(org), enabled: open });
  const at = doctor.data?.at;
  useEffect(() => {
    if (at) onLooked(); // how far the step is depends on what was found
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each report
  }, [at]);
  if (!open) return <Text>{said.text}</Text>;
  return (
    <>
      <Text>{said.text}</Text>
      <div>
        <Button onClick={() => void doctor.refetch()} disabledFocusable={doctor.isFetching} icon={doctor.isFetching ? <Spinner size="tiny" /> : undefined}>
          {doctor.isFetching ? said.looking : said.again}
        </Button>
      </div>
      {doctor.error && <Refusal error={doctor.error} />}
      {doctor.data && <Findings report={doctor.data} />}
    </>
  );
}
