"""What one would write by hand: the baselines that ``scale.py`` measures against.

The statements know the dealer of ``dealer.py``: zones two deep, rates for a crop and
unit, everywhere or in a region. They come to the same numbers as the addon, which
``scale.py`` checks.
"""

#: categories of a unit are its own, none lies below another
CLAIM = """
    SELECT claim.category_id, claim.unit_id
      FROM segmentation_business_unit_category_rel claim
"""
BILLED = f"""
      FROM account_move_line line
      JOIN account_move move ON move.id = line.move_id
      JOIN res_partner partner ON partner.id = move.partner_id
      JOIN product_product product ON product.id = line.product_id
      JOIN product_template template ON template.id = product.product_tmpl_id
 LEFT JOIN ({CLAIM}) claim ON claim.category_id = template.categ_id
     WHERE move.state = 'posted'
       AND move.move_type IN ('out_invoice', 'out_refund')
       AND line.display_type = 'product'
"""
#: billing and potential of each customer by company, harvest, zone and unit
LINES = f"""
    CREATE TABLE bench_lines AS
    WITH season AS (
        SELECT *, ROW_NUMBER() OVER (PARTITION BY company_id, kind
                                         ORDER BY date_start) AS rank
          FROM segmentation_harvest),
    planted AS (
        SELECT parcel.id AS parcel_id, parcel.partner_id, parcel.zone_id, parcel.active,
               season.id AS season_id, season.company_id, season.kind, season.rank,
               LEAD(season.rank) OVER (
                   PARTITION BY parcel.id, season.company_id, season.kind
                       ORDER BY season.rank) AS next_rank
          FROM segmentation_parcel parcel
          JOIN (SELECT DISTINCT parcel_id, harvest_id FROM segmentation_planting) sown
            ON sown.parcel_id = parcel.id
          JOIN season ON season.id = sown.harvest_id),
    sown AS MATERIALIZED (
        SELECT season.company_id, planted.partner_id, season.id AS harvest_id,
               planted.zone_id, planting.crop_id, planting.hectares, season.date_start
          FROM planted
          JOIN season
            ON season.company_id = planted.company_id AND season.kind = planted.kind
           AND season.rank >= planted.rank
           AND season.rank < COALESCE(planted.next_rank, season.rank + 1)
           AND season.rank <= planted.rank + CASE WHEN planted.active THEN 2 ELSE 0 END
          JOIN segmentation_planting planting
            ON planting.parcel_id = planted.parcel_id
           AND planting.harvest_id = planted.season_id)
    SELECT company_id, partner_id, harvest_id, zone_id, unit_id,
           SUM(billing) AS billing, SUM(potential) AS potential,
           SUM(hectares) AS hectares, MIN(day) AS day
      FROM (SELECT move.company_id, partner.commercial_partner_id AS partner_id,
                   move.segmentation_harvest_id AS harvest_id,
                   move.segmentation_zone_id AS zone_id, claim.unit_id,
                   -SUM(line.balance) AS billing, NULL::numeric AS potential,
                   NULL::numeric AS hectares, MIN(move.invoice_date) AS day
                   {BILLED}
          GROUP BY 1, 2, 3, 4, 5
         UNION ALL
            SELECT sown.company_id, sown.partner_id, sown.harvest_id, sown.zone_id,
                   everywhere.unit_id, NULL,
                   ROUND(SUM(sown.hectares * COALESCE(here.amount_per_hectare,
                                                everywhere.amount_per_hectare)), 2),
                   NULL, NULL
              FROM sown
         LEFT JOIN segmentation_zone zone ON zone.id = sown.zone_id
              JOIN segmentation_rate everywhere
                ON everywhere.company_id = sown.company_id
               AND everywhere.crop_id = sown.crop_id AND everywhere.zone_id IS NULL
         LEFT JOIN segmentation_rate here
                ON here.company_id = sown.company_id AND here.crop_id = sown.crop_id
               AND here.unit_id = everywhere.unit_id
               AND here.zone_id IN (zone.id, zone.parent_id)
          GROUP BY 1, 2, 3, 4, 5
         UNION ALL
            SELECT company_id, partner_id, harvest_id, zone_id, NULL, NULL, NULL,
                   SUM(hectares), MIN(date_start)
              FROM sown
          GROUP BY 1, 2, 3, 4) figure
  GROUP BY 1, 2, 3, 4, 5
"""
#: the same for each harvest since the customer is one, with its quadrant (Pareto, 80 %)
POSITIONS = """
    CREATE TABLE bench_positions AS
    WITH spine AS (
        SELECT customer.company_id, customer.partner_id, harvest.id AS harvest_id
          FROM (SELECT company_id, partner_id, MIN(day) AS day
                  FROM bench_lines GROUP BY 1, 2) customer
          JOIN segmentation_harvest harvest
            ON harvest.company_id = customer.company_id
           AND harvest.date_end >= customer.day
         UNION
        SELECT company_id, partner_id, harvest_id FROM bench_lines),
    figure AS (
        SELECT spine.*, COALESCE(billing, 0) AS billing, potential,
               COALESCE(hectares, 0) AS hectares
          FROM spine
     LEFT JOIN (SELECT company_id, partner_id, harvest_id, SUM(billing) AS billing,
                       SUM(potential) AS potential, SUM(hectares) AS hectares
                  FROM bench_lines
              GROUP BY 1, 2, 3) summed
            ON summed.company_id = spine.company_id
           AND summed.partner_id = spine.partner_id
           AND summed.harvest_id IS NOT DISTINCT FROM spine.harvest_id),
    running AS (
        SELECT *, SUM(billing) OVER (PARTITION BY company_id, harvest_id)
                  AS billing_total,
               SUM(billing) OVER (PARTITION BY company_id, harvest_id
                                      ORDER BY billing DESC) AS billing_running,
               SUM(potential) OVER (PARTITION BY company_id, harvest_id)
                  AS potential_total,
               SUM(potential) OVER (PARTITION BY company_id, harvest_id
                                        ORDER BY potential DESC) AS potential_running
          FROM figure),
    cut AS (
        SELECT company_id, harvest_id,
               MAX(billing) FILTER (WHERE billing_running >= 0.8 * billing_total)
                   AS billing_cut,
               MAX(potential) FILTER (WHERE potential_running >= 0.8 * potential_total)
                   AS potential_cut
          FROM running GROUP BY 1, 2)
    SELECT figure.company_id, figure.partner_id, figure.harvest_id,
           partner.segmentation_zone_id AS zone_id, hectares, billing, potential,
           (billing / NULLIF(potential, 0))::float8 AS share,
           NULLIF(potential, 0) - billing AS gap,
           CASE WHEN figure.harvest_id IS NULL THEN NULL
                WHEN potential IS NULL THEN 'unknown'
                WHEN potential >= potential_cut
                THEN CASE WHEN billing >= billing_cut
                          THEN 'retention' ELSE 'investment' END
                ELSE CASE WHEN billing >= billing_cut
                          THEN 'revision' ELSE 'no_investment' END
            END AS quadrant
      FROM figure
      JOIN res_partner partner ON partner.id = figure.partner_id
 LEFT JOIN cut ON cut.company_id = figure.company_id
              AND cut.harvest_id = figure.harvest_id
"""
#: when each customer bought of each unit and of any, and what in the last harvest: what
#: the refresh computes along with positions
RELATIONS = f"""
    CREATE TABLE bench_relations AS
    SELECT company_id, partner_id, unit_id, MIN(first) AS date_first,
           MAX(last) AS date_last, COALESCE(SUM(billed), 0) AS billed
      FROM (SELECT company_id, partner_id, unit_id, MIN(day) AS first, MAX(day) AS last,
                   NULL::numeric AS billed
              FROM (SELECT move.company_id,
                           partner.commercial_partner_id AS partner_id, claim.unit_id,
                           MAX(move.invoice_date)
                               FILTER (WHERE move.move_type = 'out_invoice') AS day
                           {BILLED}
                  GROUP BY 1, 2, 3, COALESCE(move.reversed_entry_id, move.id)
                    HAVING SUM(line.balance) < 0) sale
          GROUP BY 1, 2, 3
         UNION ALL
            SELECT company_id, partner_id, unit_id, NULL, NULL, SUM(billing)
              FROM bench_lines
             WHERE harvest_id IN (SELECT segmentation_harvest_id FROM res_company)
          GROUP BY 1, 2, 3) evidence
  GROUP BY GROUPING SETS ((company_id, partner_id, unit_id), (company_id, partner_id))
"""
#: rows of which the addon and the statements above disagree
DISAGREEMENTS = """
    SELECT COUNT(*)
      FROM (SELECT company_id, partner_id, harvest_id, hectares, billing, potential,
                   quadrant FROM segmentation_position) ours
 FULL JOIN bench_positions plain
        ON plain.company_id = ours.company_id AND plain.partner_id = ours.partner_id
       AND COALESCE(plain.harvest_id, 0) = COALESCE(ours.harvest_id, 0)
     WHERE (ours.partner_id, ours.hectares, ours.billing, ours.potential, ours.quadrant)
           IS DISTINCT FROM
           (plain.partner_id, plain.hectares, plain.billing, plain.potential,
            plain.quadrant)
"""
#: of the company's customers in a harvest
MATRIX = """
    SELECT quadrant, COUNT(*), SUM(billing), SUM(potential), SUM(gap)
      FROM segmentation_position
     WHERE harvest_id = %(harvest)s
  GROUP BY GROUPING SETS ((quadrant), (zone_id), ())
"""
#: whom a campaign on these figures chooses, and who of them has an address
PREVIEW = """
    SELECT COUNT(*), SUM(billing), SUM(potential), SUM(gap), COUNT(email)
      FROM (SELECT position.*, COALESCE(customer.email_normalized,
                                        contact.email_normalized) AS email
              FROM segmentation_position position
              JOIN res_partner customer ON customer.id = position.partner_id
         LEFT JOIN (SELECT DISTINCT ON (parent_id) parent_id, email_normalized
                      FROM res_partner
                     WHERE email_normalized IS NOT NULL AND parent_id IS NOT NULL
                  ORDER BY parent_id, id) contact
                ON contact.parent_id = customer.id
             WHERE position.harvest_id = %(harvest)s AND customer.active) chosen
  GROUP BY GROUPING SETS ((quadrant), ())
"""
#: all that the preview says of them: whom to write to and at which address, who is on a
#: black list, opted out or shares an address, who bought a year ago, quantiles, and the
#: eight largest
PREVIEW_SAYS = f"""
    WITH recipient AS (
        SELECT DISTINCT ON (commercial_partner_id) commercial_partner_id AS partner_id,
               id, email_normalized AS email, phone, phone_sanitized
          FROM res_partner
         WHERE active
      ORDER BY commercial_partner_id, email_normalized IS NULL,
               email_normalized IS NULL AND COALESCE(phone, '') = '',
               id = commercial_partner_id DESC, id),
    scope AS MATERIALIZED (
        SELECT position.partner_id, quadrant, billing, potential, gap,
               is_lower_bound AND potential IS NOT NULL AS is_lower_bound,
               customer.complete_name, recipient.email, recipient.phone,
               mail_blacklist.id AS blacklisted, phone_blacklist.id AS uncallable,
               opt_out.id AS opted_out,
               COALESCE(quadrant = %(quadrant)s, TRUE) AND customer.active AS chosen,
               ROW_NUMBER() OVER (
                   PARTITION BY COALESCE(quadrant = %(quadrant)s, TRUE),
                                recipient.email
                       ORDER BY position.partner_id) AS nth
          FROM segmentation_position position
          JOIN res_partner customer ON customer.id = position.partner_id
     LEFT JOIN recipient ON recipient.partner_id = position.partner_id
     LEFT JOIN mail_blacklist
            ON mail_blacklist.email = recipient.email AND mail_blacklist.active
     LEFT JOIN phone_blacklist
            ON phone_blacklist.number = recipient.phone_sanitized
           AND phone_blacklist.active
     LEFT JOIN segmentation_opt_out opt_out
            ON opt_out.topic_id = %(topic)s
           AND opt_out.partner_id IN (recipient.id, position.partner_id)
         WHERE position.harvest_id = %(harvest)s),
    buyer AS (
        SELECT partner.commercial_partner_id AS partner_id
               {BILLED}
           AND move.company_id = %(company)s
           AND move.invoice_date BETWEEN %(first)s AND %(last)s
      GROUP BY 1 HAVING -SUM(line.balance) > 0)
    SELECT COUNT(*), SUM(billing), SUM(potential), SUM(gap),
           COUNT(*) FILTER (WHERE email IS NOT NULL AND blacklisted IS NULL
                              AND opted_out IS NULL AND nth = 1),
           COUNT(*) FILTER (WHERE email IS NULL), COUNT(blacklisted), COUNT(opted_out),
           COUNT(*) FILTER (WHERE email IS NOT NULL AND blacklisted IS NULL
                              AND opted_out IS NULL AND nth > 1),
           COUNT(*) FILTER (WHERE phone <> '' AND uncallable IS NULL
                              AND opted_out IS NULL),
           COUNT(*) FILTER (WHERE is_lower_bound), COUNT(buyer.partner_id),
           (SELECT percentile_disc(ARRAY[0, .25, .5, .75, 1])
                       WITHIN GROUP (ORDER BY billing) FROM scope),
           (SELECT percentile_disc(ARRAY[0, .25, .5, .75, 1])
                       WITHIN GROUP (ORDER BY potential) FROM scope),
           (SELECT ARRAY_AGG(complete_name)
              FROM (SELECT complete_name FROM scope WHERE chosen
                  ORDER BY GREATEST(billing, potential) DESC LIMIT 8) largest)
      FROM scope
 LEFT JOIN buyer ON buyer.partner_id = scope.partner_id
     WHERE chosen
  GROUP BY GROUPING SETS ((quadrant), ())
  ORDER BY 1 DESC
"""
#: in the order of the columns above, what the preview calls them
PREVIEW_NAMES = (
    "customers billing potential gap reached missing blacklisted opted_out shared"
    " phones lower_bound buyers_before"
).split()
#: the audience of everybody in a harvest, into a new table
LAUNCH = """
    CREATE TABLE bench_audience AS
    SELECT position.partner_id,
           COALESCE(contact.id, position.partner_id) AS recipient_id,
           position.company_id, position.billing, position.potential, position.share,
           position.gap, position.quadrant, position.zone_id, customer.user_id
      FROM segmentation_position position
      JOIN res_partner customer ON customer.id = position.partner_id
 LEFT JOIN (SELECT DISTINCT ON (parent_id) parent_id, id
              FROM res_partner
             WHERE email_normalized IS NOT NULL AND parent_id IS NOT NULL
          ORDER BY parent_id, id) contact
        ON contact.parent_id = customer.id AND customer.email_normalized IS NULL
     WHERE position.harvest_id = %(harvest)s AND customer.active
  ORDER BY position.partner_id
     LIMIT %(limit)s
"""
#: customers who may be members of a segment, by quadrant
MEMBERS = """
    INSERT INTO segmentation_membership (segment_id, partner_id, date_from, origin, why)
    SELECT %(segment)s, partner.id, now() AT TIME ZONE 'UTC', 'rule', '{}'
      FROM res_partner partner
      JOIN segmentation_position position ON position.partner_id = partner.id
     WHERE position.harvest_id = %(harvest)s AND position.quadrant = 'investment'
       AND partner.active AND partner.type = 'contact' AND partner.partner_share
       AND (partner.parent_id IS NULL OR partner.is_company)
  ORDER BY partner.id
"""
#: customers who pay less an invoice than half of those in their zone and size
BELOW_MEDIAN = f"""
    WITH sale AS (
        SELECT partner.commercial_partner_id AS partner_id, -SUM(line.balance) AS amount
               {BILLED}
           AND move.company_id = %(company)s AND move.invoice_date >= %(first)s
      GROUP BY 1, COALESCE(move.reversed_entry_id, move.id)
        HAVING SUM(line.balance) < 0),
    peer AS (
        SELECT sale.partner_id, position.zone_id,
               CASE WHEN hectares <= 0 THEN 0 WHEN hectares < 50 THEN 1
                    WHEN hectares < 1000 THEN 2 ELSE 3 END AS size,
               AVG(amount) AS value
          FROM sale
          JOIN segmentation_position position ON position.partner_id = sale.partner_id
         WHERE position.harvest_id = %(harvest)s
      GROUP BY 1, 2, 3)
    INSERT INTO segmentation_membership (segment_id, partner_id, date_from, origin, why)
    SELECT %(segment)s, peer.partner_id, now() AT TIME ZONE 'UTC', 'rule', '{{}}'
      FROM peer
      JOIN (SELECT zone_id, size,
                   PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY value) AS median
              FROM peer GROUP BY 1, 2) middle USING (zone_id, size)
     WHERE peer.value < middle.median
  ORDER BY 2
"""
#: how many customers bought two units, two categories
PAIRS = f"""
    CREATE TABLE bench_pairs AS
    WITH bought AS MATERIALIZED (
        SELECT DISTINCT partner.commercial_partner_id AS partner_id, {{item}} AS item
               {BILLED}
           AND move.company_id = %(company)s AND move.invoice_date >= %(first)s)
    SELECT one.item, other.item AS offer, COUNT(*) AS customers
      FROM bought one
      JOIN bought other
        ON other.partner_id = one.partner_id AND other.item <> one.item
  GROUP BY 1, 2
"""
#: customers in two campaigns
SHARED = """
    SELECT mine.campaign_id, theirs.campaign_id, COUNT(*)
      FROM segmentation_audience mine
      JOIN segmentation_audience theirs
        ON theirs.partner_id = mine.partner_id
       AND theirs.campaign_id <> mine.campaign_id
     WHERE mine.campaign_id IN %(campaigns)s AND theirs.campaign_id IN %(campaigns)s
  GROUP BY 1, 2
"""
#: what the audience was billed in a window, written to it
OUTCOME = f"""
    UPDATE segmentation_audience audience
       SET invoiced = COALESCE(billed.amount, 0), invoice_count = COALESCE(count, 0),
           is_buyer = COALESCE(billed.amount > 0, FALSE), is_written = FALSE,
           is_opened = FALSE, is_clicked = FALSE, is_replied = FALSE,
           is_called = FALSE, is_won = FALSE
      FROM segmentation_audience member
 LEFT JOIN (SELECT partner.commercial_partner_id AS partner_id,
                   -SUM(line.balance) AS amount, COUNT(DISTINCT move.id) AS count
                   {BILLED}
               AND move.company_id = %(company)s
               AND move.invoice_date BETWEEN %(first)s AND %(last)s
          GROUP BY 1) billed ON billed.partner_id = member.partner_id
     WHERE member.campaign_id = %(campaign)s AND member.id = audience.id
"""
#: who is to be asked, and for what, noted in the ledger
LEDGER = """
    INSERT INTO segmentation_touch (outreach_id, campaign_id, company_id, channel,
                                    audience_id, user_id, date, create_uid, write_uid,
                                    create_date, write_date)
    SELECT %(outreach)s, campaign_id, company_id, 'call', audience.id, user_id,
           %(day)s, 1, 1, now(), now()
      FROM segmentation_audience audience
     WHERE campaign_id = %(campaign)s AND user_id IS NOT NULL
  ORDER BY gap DESC NULLS LAST, audience.id
"""
