import { Field, Input, makeStyles, Text, Textarea, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describedQuery, directoryConnectionQuery, type NewCredential, useCredential } from "../../api/setup";
import { setup } from "../../messages/setup";
import { Act } from "./Act";
import { Choice } from "./Choice";
import { PortalSteps } from "./PortalSteps";

const said = setup.credential;
type Kind = NewCredential["kind"];
const kinds: Kind[] = ["platform_issuer", "certificate", "client_secret"];
const page = "Certificates & secrets"; // of the Entra admin center
const useStyles = makeStyles({ form: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 }, field: { maxWidth: "40rem" }, mono: { fontFamily: tokens.fontFamilyMonospace } });

/** What proves to Entra that Gatehouse is the app. The shared app's is the platform's. */
export function CredentialStep({ org, open, onNext }: { org: string; open: boolean; onNext: () => void }) {
  const styles = useStyles();
  const connection = useQuery(directoryConnectionQuery(org));
  const [kind, setKind] = useState<Kind>("platform_issuer");
  const [given, setGiven] = useState("");
  const [expires, setExpires] = useState("");
  const [wrong, setWrong] = useState(false);
  const described = useQuery({ ...describedQuery(org, { model: "own", credential: kind }), enabled: open && kind !== "certificate" });
  const put = useCredential(org);
  if (!open || connection.data?.body.settings.model !== "own") return null;
  const steps = described.data?.steps.filter((step) => step.blade.includes(page)) ?? [];
  const submit = () => {
    setWrong(kind !== "platform_issuer" && given.trim() === "");
    if (kind !== "platform_issuer" && given.trim() === "") return;
    put.mutate(credentialOf(kind, given, expires), { onSuccess: onNext });
  };
  const choose = (to: Kind) => {
    setKind(to);
    setGiven("");
    setWrong(false);
    put.reset();
  };
  return (
    <form
      noValidate
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!put.isPending) submit();
      }}
    >
      <Choice label={said.choose} value={kind} onChange={choose} options={kinds.map((value) => ({ value, name: said[value], text: said[`${value}Text`] }))} />
      {steps.length > 0 && (
        <>
          <Text weight="semibold">{said.inEntra}</Text>
          <PortalSteps steps={steps} />
        </>
      )}
      {kind === "certificate" && (
        <Field label={said.pem} className={styles.field} validationMessage={wrong ? said.missing : undefined} required>
          <Textarea value={given} rows={6} spellCheck={false} textarea={{ className: styles.mono }} onChange={(_, to) => { setGiven(to.value); }} />
        </Field>
      )}
      {kind === "client_secret" && (
        <>
          <Field label={said.secret} className={styles.field} validationMessage={wrong ? said.missing : undefined} required>
            <Input type="password" autoComplete="off" value={given} onChange={(_, to) => { setGiven(to.value); }} />
          </Field>
          <Field label={said.expires} className={styles.field}>
            <Input type="date" value={expires} onChange={(_, to) => { setExpires(to.value); }} />
          </Field>
        </>
      )}
      <Act action={said.action} busy={put.isPending} error={put.error} submit />
    </form>
  );
}

function credentialOf(kind: Kind, given: string, expires: string): NewCredential {
  switch (kind) {
    case "platform_issuer":
      return { kind };
    case "certificate":
      return { kind, certificate: given };
    case "client_secret":
      return { kind, secret: given, expiresAt: expires ? `${expires}T00:00:00Z` : undefined };
  }
}
