import { Button, makeStyles, Text, tokens } from "@fluentui/react-components";
import { EditRegular, KeyRegular } from "@fluentui/react-icons";
import type { DirectoryConnection } from "../../api/directory";
import { settings } from "../../messages/settings";
import { Card } from "../../ui/Card";
import { Facts } from "../../ui/Facts";
import { Failure, type Trouble } from "../../ui/Failure";
import { When } from "../../ui/When";
import { Expiry } from "./Expiry";

const said = settings.connection;

interface Props {
  connection: DirectoryConnection;
  now: number;
  unread: Trouble | undefined;
  act: { edit: () => void; renew: () => void } | undefined; // undefined: the role may not
}

const useStyles = makeStyles({ mono: { fontFamily: tokens.fontFamilyMonospace } });

export function DirectoryView({ connection: { settings: set, cloud, credential, federatedSubject }, now, unread, act }: Props) {
  const styles = useStyles();
  const mono = (text: string | undefined) => text && <span className={styles.mono}>{text}</span>;
  const admitted = (word: "admit" | "refuse" | undefined) => (word === "admit" ? said.admit : said.refuse);
  return (
    <>
      <Card
        title={said.facts}
        actions={
          act && (
            <Button icon={<EditRegular />} onClick={act.edit}>
              {said.edit}
            </Button>
          )
        }
      >
        {unread && <Failure trouble={unread} />}
        <Facts
          facts={[
            [said.model, said.models[set.model]],
            [said.clientId, mono(set.clientId) ?? said.notYet],
            [said.resource, mono(set.resource)],
            [said.scope, mono(set.scope)],
            [said.cloud, said.clouds[cloud]],
            [said.guests, admitted(set.guests)],
            [said.apps, admitted(set.apps)],
            [said.agents, admitted(set.agents)],
            [said.groupSource, said.groupSources[set.groupSource ?? "on_behalf_of"]],
            [said.background, said.backgrounds[set.background ?? "delegated"]],
            [said.tokenVersions, said.versions[set.tokenVersions ?? "v2"]],
          ]}
        />
      </Card>
      <Card
        title={said.credential}
        actions={
          act &&
          set.model === "own" && (
            <Button icon={<KeyRegular />} onClick={act.renew}>
              {said.change}
            </Button>
          )
        }
      >
        {credential ? (
          <Facts
            facts={[
              [said.kind, said.kinds[credential.kind]],
              [said.given, credential.createdAt && <When at={credential.createdAt} now={now} />],
              [said.expires, <Expiry key="expires" credential={credential} now={now} />],
              [said.thumbprint, mono(credential.thumbprint)],
              [said.subject, credential.kind === "platform_issuer" ? mono(federatedSubject) : undefined],
            ]}
          />
        ) : (
          <Text>{set.model === "shared" ? said.sharedCredential : said.noCredential}</Text>
        )}
      </Card>
    </>
  );
}
