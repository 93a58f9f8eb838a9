import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { progressOf, readMembers, readSuite, type StoredSuite } from '../../harness/run/suite.js';
import { ExperimentSite } from './experiment-site.js';
import { hasReport, redirect, sendNotFound, sendPage, sendReport } from './respond.js';
import { decoded, type Site } from './site.js';
import { SUITE_POLICY, suitePage } from './suite-page.js';
import type { TokenRatios } from './token-ratios.js';

/** The members of a suite, each a site of its own below its name; one is watched from its first visit on. */
export class SuiteSite implements Site {
  private readonly sites = new Map<string, ExperimentSite>();
  private readonly suite: StoredSuite;

  constructor(
    private readonly dir: string,
    private readonly ratios: TokenRatios,
  ) {
    this.suite = readSuite(dir);
  }

  async route(path: string, response: ServerResponse): Promise<void> {
    if (path === '/') {
      const progress = progressOf(readMembers(this.dir));
      return sendPage(response, suitePage(this.suite, progress, hasReport(this.dir)), SUITE_POLICY);
    }
    if (sendReport(response, this.dir, path)) return;
    const [, first, rest] = /^\/([^/]+)(\/.*)?$/.exec(path) ?? [];
    const member = this.suite.members.find((name) => name === decoded(first ?? ''));
    if (member === undefined) return sendNotFound(response);
    // The page asks for what lies beside it, so its address ends with a slash.
    if (rest === undefined) return redirect(response, `./${encodeURIComponent(member)}/`);
    return this.siteOf(member).route(rest, response);
  }

  poll(): void {
    for (const site of this.sites.values()) site.poll();
  }

  hangUp(): void {
    for (const site of this.sites.values()) site.hangUp();
  }

  private siteOf(member: string): ExperimentSite {
    let site = this.sites.get(member);
    if (site === undefined) {
      site = new ExperimentSite(join(this.dir, member), this.ratios);
      this.sites.set(member, site);
    }
    return site;
  }
}
