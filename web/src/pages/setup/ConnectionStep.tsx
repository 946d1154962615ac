import { Button, makeStyles, Tab, TabList, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describedQuery, directoryConnectionQuery, useRegistration } from "../../api/setup";
import { setup } from "../../messages/setup";
import { troubleOf } from "../../trouble";
import { Failure } from "../../ui/Failure";
import { Loading } from "../../ui/Loading";
import { Act } from "./Act";
import { ClientIdForm } from "./ClientIdForm";
import { PortalSteps } from "./PortalSteps";
import { type Way, ways } from "./search";
import { Snippets } from "./Snippets";

const said = setup.connection;

const useStyles = makeStyles({ body: { display: "grid", gap: tokens.spacingVerticalL, minWidth: 0 }, text: { maxWidth: "70ch" }, tabs: { flexWrap: "wrap" } });

interface Props {
  org: string;
  way: Way;
  open: boolean;
  onWay: (way: Way) => void;
  onNext: () => void;
}

/** The app registration: by hand, made for the person, or by commands. */
export function ConnectionStep({ org, way, open, onWay, onNext }: Props) {
  const styles = useStyles();
  const [instead, setInstead] = useState(false);
  const connection = useQuery(directoryConnectionQuery(org));
  const described = useQuery({ ...describedQuery(org, { model: "own" }), enabled: way !== "create" });
  if (connection.error) return <Failure trouble={troubleOf(connection.error)} again={() => void connection.refetch()} />;
  if (!connection.data) return <Loading />;
  const { settings } = connection.data.body;
  if (settings.model === "shared" && !instead) {
    return (
      <>
        <Text>{said.shared}</Text>
        {open && (
          <div>
            <Button
              onClick={() => {
                setInstead(true);
              }}
            >
              {said.instead}
            </Button>
          </div>
        )}
      </>
    );
  }
  const own = settings.model === "own" ? settings.clientId : undefined;
  const form = <ClientIdForm key={own} org={org} clientId={own} open={open} />;
  return (
    <>
      <TabList
        aria-label={said.ways}
        selectedValue={way}
        className={styles.tabs}
        onTabSelect={(_, to) => {
          const chosen = ways.find((one) => one === to.value);
          if (chosen) onWay(chosen);
        }}
      >
        {ways.map((one) => (
          <Tab key={one} value={one}>
            {said.way[one]}
          </Tab>
        ))}
      </TabList>
      <div role="tabpanel" aria-label={said.way[way]} className={styles.body}>
        {way === "create" && <Create org={org} open={open} onNext={onNext} />}
        {way !== "create" && described.error && <Failure trouble={troubleOf(described.error)} again={() => void described.refetch()} />}
        {way !== "create" && described.isPending && <Loading />}
        {way === "portal" && described.data && (
          <>
            <Text className={styles.text}>{said.portalText}</Text>
            <PortalSteps steps={described.data.steps} />
            {form}
          </>
        )}
        {way === "snippets" && described.data && (
          <>
            <Text className={styles.text}>{said.snippetsText}</Text>
            <Snippets snippets={described.data.snippets} fallbacks={described.data.fallbacks} />
            {form}
          </>
        )}
      </div>
    </>
  );
}

/** The registration that is made as the person. */
function Create({ org, open, onNext }: { org: string; open: boolean; onNext: () => void }) {
  const styles = useStyles();
  const registration = useRegistration(org);
  const make = () => {
    registration.mutate(undefined, { onSuccess: onNext });
  };
  return (
    <>
      <Text className={styles.text}>{said.createText}</Text>
      <Text className={styles.text}>{said.createSecret}</Text>
      {open && <Act action={registration.isPending ? said.creating : said.create} busy={registration.isPending} error={registration.error} onAct={make} />}
    </>
  );
}
