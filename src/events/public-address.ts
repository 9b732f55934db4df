import { BlockList, isIP } from "node:net";

/** Networks that are not the open internet. Source: IANA special-purpose address registries, IPv4 and IPv6. Read 2026-08. */
const CLOSED_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** In IPv6 only 2000::/3 is given out; within it, these lead elsewhere. */
const OPEN_V6 = "2000::/3";
const CLOSED_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

const closedV4 = listOf(CLOSED_V4, "ipv4");
const closedV6 = listOf(CLOSED_V6, "ipv6");
const openV6 = listOf([OPEN_V6], "ipv6");

/** Whether an IP address is one of the open internet: not this machine, its network, or a reserved range. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !closedV4.check(address, "ipv4");
    case 6:
      return openV6.check(address, "ipv6") && !closedV6.check(address, "ipv6");
    default:
      return false;
  }
}

function listOf(networks: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
