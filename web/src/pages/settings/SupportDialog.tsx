import { Text } from "@fluentui/react-components";
import type { SupportAccess } from "../../api/support";
import { settings } from "../../messages/settings";
import type { Trouble } from "../../ui/Failure";
import { useFields } from "../../ui/fields";
import { FormDialog } from "../../ui/FormDialog";
import { TextInput } from "../../ui/inputs";

const said = settings.support;

interface Props {
  access: SupportAccess;
  busy: boolean;
  trouble: Trouble | undefined;
  onApprove: (hours: number) => void;
  onCancel: () => void;
}

export function SupportDialog({ access, busy, trouble, onApprove, onCancel }: Props) {
  const [form, to] = useFields({ hours: "1" });
  return (
    <FormDialog
      title={said.approveTitle(access.operator.name)}
      action={said.approve}
      busy={busy}
      trouble={trouble}
      onCancel={onCancel}
      onSubmit={() => {
        onApprove(Number(form.hours));
      }}
    >
      <Text>
        <bdi>{access.reason}</bdi>
      </Text>
      <Text>{said.approveText}</Text>
      <TextInput label={said.hours} type="number" min="1" max="8" required value={form.hours} onChange={to("hours")} />
    </FormDialog>
  );
}
