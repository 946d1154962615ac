import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { directoryQuery, useDoctor, useUpdateCredential, useUpdateDirectory } from "../../api/directory";
import { includes } from "../../api/roles";
import { settings } from "../../messages/settings";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Failure } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { useTell } from "../../ui/tell";
import { CredentialDialog } from "./CredentialDialog";
import { DirectoryDialog } from "./DirectoryDialog";
import { DirectoryView } from "./DirectoryView";
import { DoctorView } from "./DoctorView";
import { useReadDirectory } from "./read";

const said = settings.connection;

/** How the organization connects to its directory, and whether that works. */
export function DirectoryPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const now = useQuery(directoryQuery(slug));
  const read = useReadDirectory(slug);
  const editing = useEditing(read, useUpdateDirectory(slug));
  const renewing = useEditing(read, useUpdateCredential(slug));
  const doctor = useDoctor(slug);
  const [at] = useState(() => Date.now());
  const tell = useTell();
  if (now.error && !now.data) {
    return (
      <Failure
        trouble={troubleOf(now.error)}
        again={() => {
          void now.refetch();
        }}
      />
    );
  }
  if (!now.data) return <Loading />;
  const admin = includes(held, "admin");
  return (
    <>
      <DirectoryView
        connection={now.data.value}
        now={at}
        unread={editing.unread ?? renewing.unread}
        act={admin ? { edit: () => { editing.open(slug); }, renew: () => { renewing.open(slug); } } : undefined}
      />
      {admin && (
        <DoctorView
          report={doctor.data}
          busy={doctor.isPending}
          trouble={doctor.error ? troubleOf(doctor.error) : undefined}
          onRun={() => { doctor.mutate(undefined); }}
        />
      )}
      {editing.value && (
        <DirectoryDialog
          connection={editing.value}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(body) => { editing.save(body, () => { tell(settings.saved, { text: settings.savedText }); }); }}
        />
      )}
      {renewing.value && (
        <CredentialDialog
          busy={renewing.busy}
          trouble={renewing.trouble}
          onCancel={renewing.close}
          onSave={(body) => { renewing.save(body, () => { tell(said.changed); }); }}
        />
      )}
    </>
  );
}
