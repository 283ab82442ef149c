/** One city, as the database holds it. */
export interface City {
  /** Its number at GeoNames. */
  readonly id: number
  readonly name: string
  /** Two letters, as in ISO 3166. */
  readonly country: string
  readonly population: number
  readonly longitude: number
  readonly latitude: number
}
