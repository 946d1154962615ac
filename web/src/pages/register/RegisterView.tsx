import { Button, Field, Input, Link, makeStaticStyles, makeStyles, Spinner, Subtitle1, Text, tokens } from "@fluentui/react-components";
import { useEffect } from "react";
import { Controller, useForm } from "react-hook-form";
import type { Session } from "../../api/session";
import { messages } from "../../messages/common";
import { register as said } from "../../messages/setup";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";

const useStaticStyles = makeStaticStyles({ body: { margin: 0 }, "*, *::before, *::after": { boxSizing: "border-box" } });
const useStyles = makeStyles({
  root: { minHeight: "100vh", backgroundColor: tokens.colorNeutralBackground2, padding: `${tokens.spacingVerticalXXXL} ${tokens.spacingHorizontalL}` },
  card: { maxWidth: "40rem", margin: "0 auto" },
  body: { display: "grid", gap: tokens.spacingVerticalL },
  title: { margin: 0, fontSize: tokens.fontSizeHero700, lineHeight: tokens.lineHeightHero700, fontWeight: tokens.fontWeightSemibold },
  foot: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: tokens.spacingHorizontalL },
  faint: { color: tokens.colorNeutralForeground3 },
});

export interface Registering {
  slug: string;
  name?: string;
  invitation?: string;
}

interface Props {
  session: Session;
  busy: boolean;
  trouble: Trouble | undefined;
  onRegister: (wanted: Registering) => void;
}

/** What a directory is probably called: the first label of the domain of whoever has signed in. */
export function slugOf(username: string | undefined): string {
  const label = username?.split("@")[1]?.split(".")[0]?.toLowerCase() ?? "";
  return /^[a-z0-9][a-z0-9-]*[a-z0-9]$/.test(label) ? label : "";
}

export function RegisterView({ session, busy, trouble, onRegister }: Props) {
  useStaticStyles();
  const styles = useStyles();
  const colleague = session.organization; // of somebody who was faster
  const title = colleague ? said.joinTitle(colleague.name) : said.title;
  useEffect(() => {
    document.title = `${title} · ${messages.product}`;
  }, [title]);
  const form = useForm({ defaultValues: { slug: slugOf(session.username), name: "", invitation: "" } });
  const submit = form.handleSubmit(({ slug, name, invitation }) => {
    onRegister({ slug: colleague?.slug ?? slug.trim(), name: name.trim() || undefined, invitation: invitation.trim() || undefined });
  });
  return (
    <main className={styles.root}>
      <Card className={styles.card}>
        <form noValidate className={styles.body} onSubmit={(event) => void submit(event)}>
          <Subtitle1 as="h1" className={styles.title}>
            {title}
          </Subtitle1>
          <Text>{colleague ? said.joinText : said.text}</Text>
          <Facts
            facts={[
              [said.who, <bdi key="who">{session.username ?? session.name}</bdi>],
              [said.directory, session.tid],
            ]}
          />
          {!colleague && (
            <>
              <Field label={said.slug} hint={said.slugHint} validationMessage={form.formState.errors.slug?.message} required>
                <Controller
                  name="slug"
                  control={form.control}
                  rules={{ validate: (text) => /^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/.test(text.trim()) || said.slugWrong }}
                  render={({ field }) => <Input {...field} autoComplete="off" spellCheck={false} maxLength={40} />}
                />
              </Field>
              <Field label={said.name} hint={said.nameHint}>
                <Controller name="name" control={form.control} render={({ field }) => <Input {...field} autoComplete="off" maxLength={120} />} />
              </Field>
              <Field label={said.invitation} hint={said.invitationHint}>
                <Controller name="invitation" control={form.control} render={({ field }) => <Input {...field} autoComplete="off" maxLength={200} />} />
              </Field>
            </>
          )}
          {trouble && <Failure trouble={trouble} />}
          <div className={styles.foot}>
            <Button type="submit" appearance="primary" disabledFocusable={busy} icon={busy ? <Spinner size="tiny" /> : undefined}>
              {colleague ? said.joinAction : said.action}
            </Button>
            <Link href="/">{said.home}</Link>
          </div>
          <Text size={200} className={styles.faint}>
            {said.granted}
          </Text>
        </form>
      </Card>
    </main>
  );
}
