import { useQuery } from "@tanstack/react-query";
import { includes } from "../../api/roles";
import { asItIs, settingsQuery, useUpdateOrganization } from "../../api/state";
import { settings } from "../../messages/settings";
import { useEditing } from "../../shell/editing";
import { usePlace } from "../../shell/place";
import { troubleOf } from "../../trouble";
import { Failure } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { useTell } from "../../ui/tell";
import { useReadSettings } from "./read";
import { SignInDialog } from "./SignInDialog";
import { SignInView } from "./SignInView";

/** Where AI apps sign people in, and what Entra sees of it. */
export function SignInPage() {
  const { organization, held } = usePlace();
  const { slug } = organization;
  const now = useQuery(settingsQuery(slug));
  const editing = useEditing(useReadSettings(slug), useUpdateOrganization(slug));
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
  const opened = editing.value;
  return (
    <>
      <SignInView signIn={now.data.value.signIn} unread={editing.unread} onEdit={includes(held, "admin") ? () => { editing.open(slug); } : undefined} />
      {opened && (
        <SignInDialog
          signIn={opened.signIn}
          busy={editing.busy}
          trouble={editing.trouble}
          onCancel={editing.close}
          onSave={(signIn) => { editing.save({ ...asItIs(opened), signIn }, () => { tell(settings.signIn.saved, { text: settings.savedText }); }); }}
        />
      )}
    </>
  );
}
