import { Button, MessageBar, MessageBarBody, MessageBarTitle, makeStyles, tokens } from "@fluentui/react-components";
import { EditRegular } from "@fluentui/react-icons";
import { useState } from "react";
import type { Settled } from "../../api/state";
import { settings } from "../../messages/settings";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { When } from "../../ui/When";

const said = settings.signIn;

const useStyles = makeStyles({ bar: { marginTop: tokens.spacingVerticalL } });

interface Props {
  signIn: Settled["signIn"];
  unread: Trouble | undefined;
  onEdit: (() => void) | undefined; // undefined: the role may not
}

export function SignInView({ signIn, unread, onEdit }: Props) {
  const styles = useStyles();
  const [now] = useState(() => Date.now());
  const edit = onEdit && (
    <Button icon={<EditRegular />} onClick={onEdit}>
      {said.edit}
    </Button>
  );
  const brokered = signIn.mode === "brokered";
  const tokensText = signIn.acceptEntraTokens ? said.accepted : said.notAccepted;
  const facts = [
    [said.mode, said.modes[signIn.mode]],
    [said.unknown, brokered ? said.unknowns[signIn.unknownClients] : undefined],
    [said.entraTokens, brokered ? tokensText : undefined],
    [said.since, signIn.since ? <When key="since" at={signIn.since} now={now} /> : undefined],
  ] as const;
  return (
    <Card title={said.facts} actions={edit}>
      {unread && <Failure trouble={unread} />}
      <Facts facts={facts} />
      <MessageBar layout="multiline" className={styles.bar}>
        <MessageBarBody>
          <MessageBarTitle>{said.means}</MessageBarTitle> {signIn.choice.entraSees}
        </MessageBarBody>
      </MessageBar>
    </Card>
  );
}
